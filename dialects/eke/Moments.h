//===- Moments.h - What the inputs of layers are like -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The second moments of a layer's inputs are the sum of x x^T over rows x that went through
// it. With them, weights are rounded so that the layer's results change least: of inputs that
// are always small, weights may be far off.
//
//   eke.collect_moments  --eke-collect-moments-->  a program whose states are the moments
//   eke.moments of the module  --eke-attach-moments-->  eke.moments of each weight
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_MOMENTS_H
#define EKE_DIALECTS_EKE_MOMENTS_H

#include "llvm/ADT/StringRef.h"

namespace mlir::eke {

/// On a module: the program shall collect moments, in place of doing its work well.
inline constexpr llvm::StringLiteral kCollectMomentsAttr =
    "eke.collect_moments";
/// On a weight [N, K]: the payload of the moments of its inputs, K x K numbers in f32. On a
/// module: such payloads by the names of weights.
inline constexpr llvm::StringLiteral kMomentsAttr = "eke.moments";
/// What the states that collect moments are called: this and the name of the weight.
inline constexpr llvm::StringLiteral kMomentsPrefix = "moments.";

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_MOMENTS_H
