//===- QuantizeRows.cpp - Rows as integers, at run time -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <numeric>

namespace mlir::eke {

/// Rows side by side: what a tile of rows needs is one piece of memory. As they are if
/// there is no second row, or a rest.
static Value bundleRows(LinalgBuilder &l, Value x, RowLayout layout) {
  int64_t m = dimOf(x, 0), k = dimOf(x, 1);
  auto [rows, width, pair, run] = layout;
  int64_t side = std::gcd(m, rows);
  if (side == 1 || side % pair != 0 || k % width != 0)
    return x;
  SmallVector<int64_t> shape{m / side,    k / width, side / pair,
                             width / run, pair,      run};
  AffineExpr row = l.dim(0) * side + l.dim(2) * pair + l.dim(4);
  AffineExpr input = l.dim(1) * width + l.dim(3) * run + l.dim(5);
  return l.generic(
      {"bundle", {"mo", "ko", "mp", "kp", "mi", "ki"}}, x,
      {l.map(6, {row, input}), l.b.getMultiDimIdentityMap(6)},
      RankedTensorType::get(shape, l.b.getI8Type()), {},
      [](LinalgBuilder &, ValueRange args) -> Value { return args[0]; });
}

QuantizedRows ProductBuilder::quantize(Location loc, Value rows,
                                       int64_t paddedWidth, RowLayout layout) {
  Key key{rows, paddedWidth, layout.width};
  if (auto known = quantized.find(key); known != quantized.end())
    return known->second;
  LinalgBuilder l(b, loc);
  int64_t m = dimOf(rows, 0), k = dimOf(rows, 1);
  auto perRow = RankedTensorType::get({m}, b.getF32Type());
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)}), row = l.map(2, {l.dim(0)});
  Value amax =
      l.generic({"amax", {"m", "rk"}}, rows, {matrix, row}, perRow,
                l.fill(perRow, b.getF32FloatAttr(0)),
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  Value magnitude = math::AbsFOp::create(e.b, loc, args[0]);
                  return arith::MaximumFOp::create(e.b, loc, magnitude, args[1],
                                                   arith::FastMathFlags::nnan);
                });
  Value scales =
      l.elementwise("scale", {"m"}, amax, b.getF32Type(),
                    [&](LinalgBuilder &e, ValueRange args) -> Value {
                      return arith::MulFOp::create(e.b, loc, args[0],
                                                   e.constant(1.0f / 127.0f));
                    });
  Value values = l.generic(
      {"quantize", {"m", "k"}}, {rows, amax}, {matrix, row, matrix},
      RankedTensorType::get({m, k}, b.getI8Type()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        // A row of zeros has no scale; it stays zero whatever it is divided by.
        Value floor = arith::MaximumFOp::create(
            e.b, loc, args[1], e.constant(1e-30f), arith::FastMathFlags::nnan);
        Value inverse =
            arith::DivFOp::create(e.b, loc, e.constant(127.0f), floor);
        Value scaled = arith::MulFOp::create(e.b, loc, args[0], inverse);
        Value rounded = math::RoundEvenOp::create(e.b, loc, scaled);
        return arith::FPToSIOp::create(e.b, loc, e.b.getI8Type(), rounded);
      });
  if (paddedWidth != k) {
    Value zero = l.constant(b.getI8Type(), 0);
    auto padded = RankedTensorType::get({m, paddedWidth}, b.getI8Type());
    values = tensor::PadOp::create(
        b, loc, padded, values,
        ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(0),
                               b.getIndexAttr(paddedWidth - k)},
        zero);
  }
  return quantized[key] = {bundleRows(l, values, layout), scales, values};
}

} // namespace mlir::eke
