//===- Products.h - Products with packed weights as linalg ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All give [m, no, ni] in f32: tiles `no` of output channels `ni`, as the weight is
// packed (see #eke.format). The integer sums are exact, so that every DotKind
// gives the same numbers.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_PRODUCTS_H
#define EKE_PASSES_LINALG_PRODUCTS_H

#include "passes/linalg/LayerLowering.h"

namespace mlir::eke {

/// rows [M, K] f32 with weight [NO, K, NI] f32 or f16.
Value buildFloatProduct(LinalgBuilder &l, Value rows, Value weight);

/// rows [M, 4 KO] i8, or side by side (see QuantizedRows), with weight [NO, KO, NI, 4] i8 and scales [NO, NI].
Value buildI8Product(LinalgBuilder &l, DotKind kind, QuantizedRows rows,
                     Value weight, Value scales);

/// rows [M, 32 G] i8, or side by side, with values [NO, G, 4, NI, 4] and scales [NO, G, NI].
Value buildI4Product(LinalgBuilder &l, DotKind kind, QuantizedRows rows,
                     const WeightValue &weight);

/// Scalars, inside a body: `value` widened, products and sums.
Value toF32(LinalgBuilder &l, Value value);
Value extendSigned(LinalgBuilder &l, Value value, Type type);
Value mul(LinalgBuilder &l, Value x, Value y);
Value add(LinalgBuilder &l, Value x, Value y);

/// A byte of two nibbles stored with `format`'s offset: both as numbers plus 8, or
/// both as two's complement.
Value nibblesPlus8(LinalgBuilder &l, Value byte, FormatAttr format);
Value nibblesSigned(LinalgBuilder &l, Value byte, FormatAttr format);

/// The low or high (`isHigh`, i1) of two signed nibbles times 16.
Value nibbleTimes16(LinalgBuilder &l, Value byte, Value isHigh);

/// The zeros that a sum of `shape` starts from.
Value zeros(LinalgBuilder &l, ArrayRef<int64_t> shape, Type element);

/// How many quantised rows there are, and do they lie side by side?
int64_t countRows(Value rows);
bool areSideBySide(Value rows);

/// The type of a tensor, and the extent of one of its dimensions.
RankedTensorType typeOf(Value tensor);
int64_t dimOf(Value tensor, unsigned index);

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_PRODUCTS_H
