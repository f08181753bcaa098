//===- I4Product.h - Products with weights in groups of int4 ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_I4PRODUCT_H
#define EKE_DIALECTS_FORMATS_I4PRODUCT_H

#include "dialects/formats/Products.h"

namespace mlir::eke {

/// rows [m, 32 g] i8, or side by side, with values [no, g, 4, ni, 4] and scales
/// [no, g, ni], or scales and minima [no, g, 2, ni].
Value buildI4Product(LinalgBuilder &l, DotKind kind, QuantizedRows rows,
                     const WeightValue &weight);

/// A byte of two nibbles stored with `format`'s offset, as two's complement.
Value nibblesSigned(LinalgBuilder &l, Value byte, FormatAttr format);

/// The low or high (`isHigh`, i1) of two signed nibbles times 16.
Value nibbleTimes16(LinalgBuilder &l, Value byte, Value isHigh);

/// The low or high of two nibbles without a sign.
Value nibbleUnsigned(LinalgBuilder &l, Value byte, Value isHigh);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_I4PRODUCT_H
