//===- LowerLinear.cpp - Linear layers and embeddings as linalg -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows are quantised here; Products.h multiplies them with packed weights.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "passes/linalg/LayerLowering.h"
#include "passes/linalg/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
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

/// For as many rows as a product has sums of in registers at the same time. By i8mm
/// two rows are multiplied at once, eight inputs of each.
static RowLayout chooseLayout(DotKind kind, Storage storage) {
  bool isGrouped = storage == Storage::I4;
  if (kind == DotKind::Octets)
    return isGrouped ? RowLayout{16, 32, 2, 8} : RowLayout{8, 8, 2, 8};
  if (kind == DotKind::Quads && isGrouped)
    return {16, 32, 1, 32};
  return {};
}

/// scale[m] = amax(row m) / 127, q[m, k] = round(x[m, k] / scale[m]), ties to even.
QuantizedRows LayerLowering::quantize(Location loc, Value rows,
                                      int64_t paddedWidth, RowLayout layout) {
  auto [entry, isNew] =
      quantized.try_emplace({rows, paddedWidth, layout.width});
  if (!isNew)
    return entry->second;
  LinalgBuilder l(b, loc);
  int64_t m = dimOf(rows, 0), k = dimOf(rows, 1);
  auto perRow = RankedTensorType::get({m}, b.getF32Type());
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)}), row = l.map(2, {l.dim(0)});
  Value amax = l.generic(
      {"amax", {"m", "rk"}}, rows, {matrix, row}, perRow,
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
        Value floor =
            arith::MaximumFOp::create(e.b, loc, args[1], e.constant(1e-30f),
                                      arith::FastMathFlags::nnan);
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
  QuantizedRows result{bundleRows(l, values, layout), scales};
  quantized[{rows, paddedWidth, layout.width}] = result;
  return result;
}

Value LayerLowering::buildProduct(Location loc, Value rows,
                                  const WeightValue &weight) {
  LinalgBuilder l(b, loc);
  Storage storage = getFormat(weight.type).getStorage();
  RowLayout layout = chooseLayout(dotKind, storage);
  switch (storage) {
  case Storage::F32:
  case Storage::F16:
    return buildFloatProduct(l, rows, weight.values);
  case Storage::I8: {
    QuantizedRows x = quantize(loc, rows, dimOf(weight.values, 1) * 4, layout);
    return buildI8Product(l, dotKind, x, weight.values, weight.scales);
  }
  case Storage::I4: {
    QuantizedRows x = quantize(loc, rows, dimOf(weight.values, 1) * 32, layout);
    return buildI4Product(l, dotKind, x, weight);
  }
  }
  llvm_unreachable("unknown storage");
}

Value LayerLowering::lowerLinear(LinearOp op) {
  Location loc = op.getLoc();
  LinalgBuilder l(b, loc);
  Value rows = tensors.lookup(op.getInput());
  const WeightValue &weight = weights.find(op.getWeight())->second;
  Value tiled = buildProduct(loc, rows, weight);
  Value result = collapseTiles(l, tiled);
  int64_t width = weight.type.getDimSize(0);
  if (dimOf(result, 1) != width)
    result = tensor::ExtractSliceOp::create(
        b, loc, result,
        ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(dimOf(rows, 0)),
                               b.getIndexAttr(width)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(1), b.getIndexAttr(1)});
  if (!op.getBias())
    return result;
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)});
  return l.generic({"bias", {"m", "n"}}, {result, vectorOf(op.getBias())},
                   {matrix, l.map(2, {l.dim(1)}), matrix},
                   cast<RankedTensorType>(op.getType()), {},
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     return add(e, args[0], args[1]);
                   });
}

/// The element of a packed weight for output channel `n` and input `k`, in f32.
static Value loadPacked(LinalgBuilder &b, const WeightValue &weight, Value n,
                        Value k) {
  FormatAttr format = getFormat(weight.type);
  auto div = [&](Value v, int64_t by) -> Value {
    return arith::DivUIOp::create(b.b, b.loc, v, b.index(by));
  };
  auto rem = [&](Value v, int64_t by) -> Value {
    return arith::RemUIOp::create(b.b, b.loc, v, b.index(by));
  };
  Value no = div(n, format.getTile()), ni = rem(n, format.getTile());
  switch (format.getStorage()) {
  case Storage::F32:
  case Storage::F16:
    return toF32(b, b.extract(weight.values, {no, k, ni}));
  case Storage::I8: {
    Value q = b.extract(weight.values, {no, div(k, 4), ni, rem(k, 4)});
    return mul(b, toF32(b, q), b.extract(weight.scales, {no, ni}));
  }
  case Storage::I4: {
    Value g = div(k, 32), inGroup = rem(k, 16);
    Value byte =
        b.extract(weight.values, {no, g, div(inGroup, 4), ni, rem(inGroup, 4)});
    Value isHigh = arith::CmpIOp::create(b.b, b.loc, arith::CmpIPredicate::uge,
                                         rem(k, 32), b.index(16));
    Value nibble = nibbleTimes16(b, nibblesSigned(b, byte, format), isHigh);
    Value scale = toF32(b, b.extract(weight.scales, {no, g, ni}));
    return mul(b, mul(b, toF32(b, nibble), scale), b.constant(1.0f / 16.0f));
  }
  }
  llvm_unreachable("unknown storage");
}

Value LayerLowering::lowerEmbed(EmbedOp op) {
  LinalgBuilder l(b, op.getLoc());
  const WeightValue &table = weights.find(op.getTable())->second;
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)});
  return l.generic({"embed", {"m", "k"}}, tensors.lookup(op.getTokens()),
                   {l.map(2, {l.dim(0)}), matrix},
                   cast<RankedTensorType>(op.getType()), {},
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     Value token = arith::IndexCastOp::create(
                         e.b, op.getLoc(), e.b.getIndexType(), args[0]);
                     return loadPacked(e, table, token, e.loopIndex(1));
                   });
}

} // namespace mlir::eke
