//===- CarriedTensors.h - Tensors that loops and branches give --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_CARRIEDTENSORS_H
#define EKE_PASSES_MEMORY_CARRIEDTENSORS_H

#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"

namespace mlir::eke {

/// Makes every tensor that a loop carries stay in the buffer it begins in, and every
/// tensor that a branch gives go to one buffer, by a copy where the analysis finds
/// that it is computed elsewhere. `options` let loops return allocations.
LogicalResult
placeCarriedTensors(Operation *root,
                    const bufferization::OneShotBufferizationOptions &options);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_CARRIEDTENSORS_H
