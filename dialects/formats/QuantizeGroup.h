//===- QuantizeGroup.h - 32 numbers as small integers -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H
#define EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H

#include "dialects/eke/Quants.h"

namespace mlir::eke {

/// Chooses the scale of 32 numbers with |x| <= 131072, and rounds them to -8 … 7. Squares of
/// errors count as much as `importance` says, or all the same if it is null.
QuantGroup quantizeI4(const float *x, const float *importance = nullptr);

/// Scales 32 numbers so that the largest in magnitude becomes 127, however important it is.
QuantGroup quantizeI8G(const float *x, const float *importance = nullptr);

/// Puts the numbers from the least, if that is below zero, to the largest on 0 … 15; or with
/// `importance` all but what matters little.
QuantGroup quantizeI4M(const float *x, const float *importance = nullptr);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H
