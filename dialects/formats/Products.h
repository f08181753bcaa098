//===- Products.h - What products with weights are made of ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products are [m, no, ni] in f32: tiles `no` of output channels `ni`, as the weight
// is packed (see #eke.format). Integer sums are exact, so that every DotKind gives
// the same numbers.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_PRODUCTS_H
#define EKE_DIALECTS_FORMATS_PRODUCTS_H

#include "dialects/eke/Format.h"
#include "dialects/formats/DotKind.h"
#include "dialects/formats/LinalgBuilder.h"

namespace mlir::eke {

/// Rows of int8 and the scale of each row [m], or of each group of inputs [m, g].
/// `values` are [m, k], or where rows lie side by side (see RowLayout)
/// [m / r, k / w, m % r / p, k % w / q, m % p, k % q]. `plain` are always [m, k].
struct QuantizedRows {
  Value values, scales, plain;
};

/// How a product reads its rows: of up to `rows` of them, `width` inputs of each row
/// are a piece of memory. There, of `pair` rows at a time, `run` inputs of each in turn.
/// `group` inputs share a scale, or all (0).
struct RowLayout {
  int64_t rows = 1, width = 1, pair = 1, run = 1, group = 0;
};

/// Builds the products of one function body, which share what they make of the rows.
class ProductBuilder {
public:
  using Key = std::tuple<Value, int64_t, int64_t, int64_t>;

  ProductBuilder(OpBuilder &builder, DotKind kind) : b(builder), kind(kind) {}

  /// scale[m] = amax(row m) / 127, q[m, k] = round(x[m, k] / scale[m]), ties to even,
  /// with zeros up to `paddedWidth` inputs; or so for each group of a row.
  QuantizedRows quantize(Location loc, Value rows, int64_t paddedWidth,
                         RowLayout layout);

  OpBuilder &b;
  /// Which integer product the target is good at.
  const DotKind kind;
  /// The rows that are quantised already, by tensor, width and layout.
  DenseMap<Key, QuantizedRows> quantized;
};

/// Scalars, inside a body: `value` widened, products and sums.
Value toF32(LinalgBuilder &l, Value value);
Value extendSigned(LinalgBuilder &l, Value value, Type type);
Value mul(LinalgBuilder &l, Value x, Value y);
Value add(LinalgBuilder &l, Value x, Value y);

/// The quotient and the rest of an index by a number, inside a body.
Value divide(LinalgBuilder &l, Value index, int64_t by);
Value remainder(LinalgBuilder &l, Value index, int64_t by);

/// The zeros that a sum of `shape` starts from.
Value zeros(LinalgBuilder &l, ArrayRef<int64_t> shape, Type element);

/// How many quantised rows there are, and do they lie side by side?
int64_t countRows(Value rows);
bool areSideBySide(Value rows);

/// The type of a tensor, and the extent of one of its dimensions.
RankedTensorType typeOf(Value tensor);
int64_t dimOf(Value tensor, unsigned index);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_PRODUCTS_H
