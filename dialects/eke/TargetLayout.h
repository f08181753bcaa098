//===- TargetLayout.h - What a target's architecture says -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_TARGETLAYOUT_H
#define EKE_DIALECTS_EKE_TARGETLAYOUT_H

#include "dialects/eke/EkeDialect.h"

#include "llvm/IR/DataLayout.h"

namespace mlir::eke {

/// How machines with the target's triple lay out data, as LLVM knows it.
llvm::DataLayout getDataLayout(TargetAttr target);

/// The bits of a pointer, and so of an `index`, on the target of the module that `op` is
/// in; without a target 64, which is MLIR's own choice.
unsigned getPointerBits(Operation *op);

/// The bits that `op` takes an element of this type for, in memory. Elements that are no
/// whole bytes have those of their type.
int64_t getElementBits(Type element, Operation *op);

/// How many registers of `vector_bits` code for the target has; of no target 32.
int64_t countVectorRegisters(TargetAttr target);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_TARGETLAYOUT_H
