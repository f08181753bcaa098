//===- ApproximateMath.h - Functions that vectors can compute ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_APPROXIMATEMATH_H
#define EKE_PASSES_PIPELINES_APPROXIMATEMATH_H

#include "mlir/IR/Operation.h"

namespace mlir::eke {

/// Writes exp, tanh and erf of f32, in linalg ops, as polynomials and rational functions
/// in arith, the last two by upstream's patterns: a library would be called for one lane
/// after the other. Errors are some units of the last place (test/numerics/bounded.py).
void approximateMath(Operation *root);

} // namespace mlir::eke

#endif // EKE_PASSES_PIPELINES_APPROXIMATEMATH_H
