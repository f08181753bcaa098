//===- WidenHalves.h - f16 arithmetic in f32 --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_WIDENHALVES_H
#define EKE_PASSES_PIPELINES_WIDENHALVES_H

#include "mlir/IR/Operation.h"

namespace mlir::eke {

/// Writes what linalg ops in `root` compute in f16 as arithmetic on f32, each result of
/// which is rounded to f16 again. Sums, differences, products, quotients and square roots
/// are the same numbers: f32 has more than twice the digits and two more (Figueroa, "When
/// is double rounding innocuous?"), and LLVM makes one instruction of it again where the
/// CPU has one. Named ops become linalg.generic.
void widenHalves(Operation *root);

} // namespace mlir::eke

#endif // EKE_PASSES_PIPELINES_WIDENHALVES_H
