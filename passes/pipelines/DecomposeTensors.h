//===- DecomposeTensors.h - Pads, concatenations, softmax -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_DECOMPOSETENSORS_H
#define EKE_PASSES_PIPELINES_DECOMPOSETENSORS_H

#include "mlir/IR/Operation.h"

namespace mlir::eke {

/// Says pads and concatenations as slices that are inserted into one tensor, which
/// bufferisation lets their producers write to, and a softmax as stages.
void decomposeTensors(Operation *root);

} // namespace mlir::eke

#endif // EKE_PASSES_PIPELINES_DECOMPOSETENSORS_H
