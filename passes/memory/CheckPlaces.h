//===- CheckPlaces.h - What places cannot be --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_CHECKPLACES_H
#define EKE_PASSES_MEMORY_CHECKPLACES_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::eke {

/// The bytes that a weight or state takes in its memory.
int64_t getPlacedBytes(WeightOp weight);
int64_t getPlacedBytes(StateOp state);

/// Reports places of weights, of states and of the arena that cannot be: in a memory that
/// the target does not have, in a cache, where they cannot be written, in the place of
/// another, or beyond what the memory has. The memory that tensors lie in without any
/// choice may be too small: `eke check` says by how much.
LogicalResult checkChosenPlaces(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_CHECKPLACES_H
