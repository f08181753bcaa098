//===- Exponential.h - e to the power of a number ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_EXPONENTIAL_H
#define EKE_PASSES_LINALG_EXPONENTIAL_H

#include "dialects/formats/LinalgBuilder.h"

namespace mlir::eke {

/// The largest argument of buildExp, which gives 2.4e38.
constexpr float kMostExp = 88.37f;

/// exp(x) of a scalar f32 up to kMostExp, inside a body. Its relative error is at most
/// 1.9e-7 for x >= -87; exp(0) is 1, and below -87.7 the result is 0.
Value buildExp(LinalgBuilder &l, Value x);

/// exp(x) of any f32, with the same error; infinite above ln(FLT_MAX), gradually 0 below
/// ln(FLT_MIN), NaN of NaN.
Value buildExpOfAny(LinalgBuilder &l, Value x);

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_EXPONENTIAL_H
