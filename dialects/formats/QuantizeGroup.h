//===- QuantizeGroup.h - 32 numbers as small integers -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H
#define EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H

#include "dialects/eke/Quants.h"

namespace mlir::eke {

/// Chooses the scale of 32 numbers with |x| <= 131072, and rounds them to -8 … 7.
QuantGroup quantizeI4(const float *x);

/// Scales 32 numbers so that the largest in magnitude becomes 127.
QuantGroup quantizeI8G(const float *x);

/// Puts the numbers from the least, if that is below zero, to the largest on 0 … 15.
QuantGroup quantizeI4M(const float *x);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_QUANTIZEGROUP_H
