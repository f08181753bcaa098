//===- LowerLinear.cpp - Linear layers and embeddings as linalg -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops of a matrix product follow the packed weight (see #eke.format): `no`
// tiles of `ni` output channels, `rko` steps of `rki` inputs.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "passes/lower/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

static int64_t dimOf(Value tensor, unsigned index) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(index);
}

/// `value` widened to f32.
static Value toF32(LinalgBuilder &b, Value value) {
  if (value.getType().isF32())
    return value;
  if (isa<FloatType>(value.getType()))
    return arith::ExtFOp::create(b.b, b.loc, b.b.getF32Type(), value);
  return arith::SIToFPOp::create(b.b, b.loc, b.b.getF32Type(), value);
}

static Value toI32(LinalgBuilder &b, Value value) {
  return arith::ExtSIOp::create(b.b, b.loc, b.b.getI32Type(), value);
}

static Value mul(LinalgBuilder &b, Value x, Value y) {
  return isa<FloatType>(x.getType())
             ? Value(arith::MulFOp::create(b.b, b.loc, x, y))
             : Value(arith::MulIOp::create(b.b, b.loc, x, y));
}

static Value add(LinalgBuilder &b, Value x, Value y) {
  return isa<FloatType>(x.getType())
             ? Value(arith::AddFOp::create(b.b, b.loc, x, y))
             : Value(arith::AddIOp::create(b.b, b.loc, x, y));
}

/// The nibbles of a packed byte as signed i8, times 16: the low one holds the
/// first 16 inputs of a group. Sixteenths are taken out of the scale.
static Value nibbleTimes16(LinalgBuilder &b, Value byte, bool high) {
  if (high)
    return arith::AndIOp::create(b.b, b.loc, byte,
                                 b.constant(b.b.getI8Type(), -16));
  return arith::ShLIOp::create(b.b, b.loc, byte,
                               b.constant(b.b.getI8Type(), 4));
}

/// scale[m] = amax(row m) / 127, q[m, k] = round(x[m, k] / scale[m]), ties to even.
LayerLowering::Quantized LayerLowering::quantize(Location loc, Value rows,
                                                 int64_t paddedWidth) {
  auto [entry, isNew] = quantized.try_emplace({rows, paddedWidth});
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
        return arith::MaximumFOp::create(e.b, loc, magnitude, args[1]);
      });
  Value scales = l.elementwise(
      "scale", {"m"}, amax, b.getF32Type(),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return arith::MulFOp::create(e.b, loc, args[0],
                                     e.constant(1.0f / 127.0f));
      });
  Value values = l.generic(
      {"quantize", {"m", "k"}}, {rows, amax}, {matrix, row, matrix},
      RankedTensorType::get({m, k}, b.getI8Type()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        // A row of zeros has no scale; it stays zero whatever it is divided by.
        Value floor = arith::MaximumFOp::create(e.b, loc, args[1],
                                                e.constant(1e-30f));
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
        b, loc, padded, values, ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(paddedWidth - k)}, zero);
  }
  Quantized result{values, scales};
  quantized[{rows, paddedWidth}] = result;
  return result;
}

/// f32 and f16: result[m, no, ni] = sum_rk x[m, rk] * w[no, rk, ni].
Value LayerLowering::dotFloat(Location loc, Value rows,
                              const WeightValue &weight) {
  LinalgBuilder l(b, loc);
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2), rk = l.dim(3);
  auto type = RankedTensorType::get(
      {dimOf(rows, 0), dimOf(weight.values, 0), dimOf(weight.values, 2)},
      b.getF32Type());
  return l.generic({"dot", {"m", "no", "ni", "rk"}}, {rows, weight.values},
                   {l.map(4, {m, rk}), l.map(4, {no, rk, ni}),
                    l.map(4, {m, no, ni})},
                   type, l.fill(type, b.getF32FloatAttr(0)),
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     Value product = mul(e, args[0], toF32(e, args[1]));
                     return add(e, args[2], product);
                   });
}

/// i8: an exact sum of products in i32, then both scales.
Value LayerLowering::dotI8(Location loc, Value rows,
                           const WeightValue &weight) {
  Quantized x = quantize(loc, rows, dimOf(weight.values, 1) * 4);
  LinalgBuilder l(b, loc);
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2);
  AffineExpr rko = l.dim(3), rki = l.dim(4);
  auto sums = RankedTensorType::get(
      {dimOf(rows, 0), dimOf(weight.values, 0), dimOf(weight.values, 2)},
      b.getI32Type());
  Value dot = l.generic(
      {"dot", {"m", "no", "ni", "rko", "rki"}}, {x.rows, weight.values},
      {l.map(5, {m, rko * 4 + rki}), l.map(5, {no, rko, ni, rki}),
       l.map(5, {m, no, ni})},
      sums, l.fill(sums, b.getI32IntegerAttr(0)),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return add(e, args[2], mul(e, toI32(e, args[0]), toI32(e, args[1])));
      });
  return l.generic(
      {"dequantize", {"m", "no", "ni"}}, {dot, x.scales, weight.scales},
      {l.map(3, {m, no, ni}), l.map(3, {m}), l.map(3, {no, ni}),
       l.map(3, {m, no, ni})},
      sums.clone(b.getF32Type()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return mul(e, mul(e, toF32(e, args[0]), args[1]), args[2]);
      });
}

/// i4: an exact sum in i32 over each group of 32 inputs, then the groups' scales.
Value LayerLowering::dotI4(Location loc, Value rows,
                           const WeightValue &weight) {
  int64_t groups = dimOf(weight.values, 1), tile = dimOf(weight.values, 3);
  Quantized x = quantize(loc, rows, groups * 32);
  LinalgBuilder l(b, loc);
  AffineExpr m = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr rc = l.dim(4), rki = l.dim(5);
  int64_t rowCount = dimOf(rows, 0), tiles = dimOf(weight.values, 0);
  auto sums =
      RankedTensorType::get({rowCount, tiles, groups, tile}, b.getI32Type());
  AffineExpr first = g * 32 + rc * 4 + rki;
  Value dot = l.generic(
      {"dot", {"m", "no", "g", "ni", "rc", "rki"}},
      {x.rows, x.rows, weight.values},
      {l.map(6, {m, first}), l.map(6, {m, first + 16}),
       l.map(6, {no, g, rc, ni, rki}), l.map(6, {m, no, g, ni})},
      sums, l.fill(sums, b.getI32IntegerAttr(0)),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value low = toI32(e, nibbleTimes16(e, args[2], /*high=*/false));
        Value high = toI32(e, nibbleTimes16(e, args[2], /*high=*/true));
        Value sum = add(e, args[3], mul(e, toI32(e, args[0]), low));
        return add(e, sum, mul(e, toI32(e, args[1]), high));
      });
  auto type = RankedTensorType::get({rowCount, tiles, tile}, b.getF32Type());
  AffineExpr in = l.dim(2), rg = l.dim(3);
  Value scaled = l.generic(
      {"groups", {"m", "no", "ni", "rg"}}, {dot, weight.scales},
      {l.map(4, {m, no, rg, in}), l.map(4, {no, rg, in}),
       l.map(4, {m, no, in})},
      type, l.fill(type, b.getF32FloatAttr(0)),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return add(e, args[2], mul(e, toF32(e, args[0]), toF32(e, args[1])));
      });
  return l.generic(
      {"dequantize", {"m", "no", "ni"}}, {scaled, x.scales},
      {l.map(3, {m, no, in}), l.map(3, {m}), l.map(3, {m, no, in})}, type, {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return mul(e, mul(e, args[0], args[1]), e.constant(1.0f / 16.0f));
      });
}

Value LayerLowering::lowerLinear(LinearOp op) {
  Location loc = op.getLoc();
  LinalgBuilder l(b, loc);
  Value rows = tensors.lookup(op.getInput());
  const WeightValue &weight = weights.find(op.getWeight())->second;
  FormatAttr format = getFormat(weight.type);
  Value tiled;
  switch (format.getStorage()) {
  case Storage::F32:
  case Storage::F16:
    tiled = dotFloat(loc, rows, weight);
    break;
  case Storage::I8:
    tiled = dotI8(loc, rows, weight);
    break;
  case Storage::I4:
    tiled = dotI4(loc, rows, weight);
    break;
  }
  Value result = l.collapse(tiled, {{0}, {1, 2}});
  int64_t width = weight.type.getDimSize(0);
  if (dimOf(result, 1) != width)
    result = tensor::ExtractSliceOp::create(
        b, loc, result, ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(dimOf(rows, 0)), b.getIndexAttr(width)},
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
    Value byte = b.extract(weight.values,
                           {no, g, div(inGroup, 4), ni, rem(inGroup, 4)});
    Value isHigh = arith::CmpIOp::create(b.b, b.loc, arith::CmpIPredicate::uge,
                                         rem(k, 32), b.index(16));
    Value nibble = arith::SelectOp::create(b.b, b.loc, isHigh,
                                           nibbleTimes16(b, byte, true),
                                           nibbleTimes16(b, byte, false));
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
  return l.generic(
      {"embed", {"m", "k"}}, tensors.lookup(op.getTokens()),
      {l.map(2, {l.dim(0)}), matrix}, cast<RankedTensorType>(op.getType()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value token = arith::IndexCastOp::create(e.b, op.getLoc(),
                                                 e.b.getIndexType(), args[0]);
        return loadPacked(e, table, token, e.loopIndex(1));
      });
}

} // namespace mlir::eke
