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
  auto [rows, width, pair, run, group] = layout;
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

/// The largest magnitudes along the last dimension of `rows`.
static Value findLargest(LinalgBuilder &l, Value rows,
                         ArrayRef<StringRef> loops) {
  unsigned rank = typeOf(rows).getRank();
  auto kept = RankedTensorType::get(typeOf(rows).getShape().drop_back(),
                                    l.b.getF32Type());
  AffineMap all = l.b.getMultiDimIdentityMap(rank);
  return l.generic(
      {"amax", SmallVector<StringRef>(loops)}, rows,
      {all, all.dropResult(rank - 1)}, kept,
      l.fill(kept, l.b.getF32FloatAttr(0)),
      [](LinalgBuilder &e, ValueRange args) -> Value {
        Value magnitude = math::AbsFOp::create(e.b, e.loc, args[0]);
        return arith::MaximumFOp::create(e.b, e.loc, magnitude, args[1],
                                         arith::FastMathFlags::nnan);
      });
}

static Value scaleOf(LinalgBuilder &e, Value amax) {
  return mul(e, amax, e.constant(1.0f / 127.0f));
}

/// What numbers are multiplied with. Zeros have no scale; they stay zero whatever they
/// are divided by.
static Value inverseOf(LinalgBuilder &e, Value amax) {
  Value floor = arith::MaximumFOp::create(e.b, e.loc, amax, e.constant(1e-30f),
                                          arith::FastMathFlags::nnan);
  return arith::DivFOp::create(e.b, e.loc, e.constant(127.0f), floor);
}

static Value roundTo8Bits(LinalgBuilder &e, Value x, Value inverse) {
  Value rounded = math::RoundEvenOp::create(e.b, e.loc, mul(e, x, inverse));
  return arith::FPToSIOp::create(e.b, e.loc, e.b.getI8Type(), rounded);
}

/// `rows` with zeros up to `width` inputs.
static Value padInputs(LinalgBuilder &l, Value rows, int64_t width) {
  int64_t m = dimOf(rows, 0), k = dimOf(rows, 1);
  if (width == k)
    return rows;
  Type element = typeOf(rows).getElementType();
  Value zero = arith::ConstantOp::create(
      l.b, l.loc, cast<TypedAttr>(l.b.getZeroAttr(element)));
  auto attrs = [&](int64_t inputs) {
    return SmallVector<OpFoldResult>{l.b.getIndexAttr(0),
                                     l.b.getIndexAttr(inputs)};
  };
  return tensor::PadOp::create(l.b, l.loc,
                               RankedTensorType::get({m, width}, element), rows,
                               attrs(0), attrs(width - k), zero);
}

static QuantizedRows quantizeRows(LinalgBuilder &l, Value rows,
                                  int64_t paddedWidth) {
  Type f32 = l.b.getF32Type(), i8 = l.b.getI8Type();
  Value amax = findLargest(l, rows, {"m", "rk"});
  Value scales = l.elementwise("scale", {"m"}, amax, f32,
                               [](LinalgBuilder &e, ValueRange args) -> Value {
                                 return scaleOf(e, args[0]);
                               });
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)});
  Value values =
      l.generic({"quantize", {"m", "k"}}, {rows, amax},
                {matrix, l.map(2, {l.dim(0)}), matrix}, typeOf(rows).clone(i8),
                {}, [](LinalgBuilder &e, ValueRange args) -> Value {
                  return roundTo8Bits(e, args[0], inverseOf(e, args[1]));
                });
  values = padInputs(l, values, paddedWidth);
  return {values, scales, values};
}

static QuantizedRows quantizeGroups(LinalgBuilder &l, Value rows,
                                    int64_t paddedWidth, int64_t group) {
  Type f32 = l.b.getF32Type(), i8 = l.b.getI8Type();
  int64_t m = dimOf(rows, 0), groups = paddedWidth / group;
  Value split = l.expand(padInputs(l, rows, paddedWidth), {m, groups, group},
                         {{0}, {1, 2}});
  Value amax = findLargest(l, split, {"m", "g", "rk"});
  Value scales = l.elementwise("scale", {"m", "g"}, amax, f32,
                               [](LinalgBuilder &e, ValueRange args) -> Value {
                                 return scaleOf(e, args[0]);
                               });
  Value inverse = l.elementwise("inverse", {"m", "g"}, amax, f32,
                                [](LinalgBuilder &e, ValueRange args) -> Value {
                                  return inverseOf(e, args[0]);
                                });
  AffineMap all = l.b.getMultiDimIdentityMap(3);
  Value values = l.generic({"quantize", {"m", "g", "k"}}, {split, inverse},
                           {all, l.map(3, {l.dim(0), l.dim(1)}), all},
                           typeOf(split).clone(i8), {},
                           [](LinalgBuilder &e, ValueRange args) -> Value {
                             return roundTo8Bits(e, args[0], args[1]);
                           });
  values = l.collapse(values, {{0}, {1, 2}});
  return {values, scales, values};
}

QuantizedRows ProductBuilder::quantize(Location loc, Value rows,
                                       int64_t paddedWidth, RowLayout layout) {
  Key key{rows, paddedWidth, layout.width, layout.group};
  if (auto known = quantized.find(key); known != quantized.end())
    return known->second;
  LinalgBuilder l(b, loc);
  QuantizedRows made = layout.group
                           ? quantizeGroups(l, rows, paddedWidth, layout.group)
                           : quantizeRows(l, rows, paddedWidth);
  made.values = bundleRows(l, made.plain, layout);
  return quantized[key] = made;
}

} // namespace mlir::eke
