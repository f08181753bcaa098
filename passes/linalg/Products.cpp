//===- Products.cpp - Products with packed weights as linalg --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stages: `part` sums in narrow numbers what the target multiplies at once, `dot`
// sums in 32 bits, `dequantize` applies the scales. A reduction never writes the
// result itself, so that its accumulators stay in registers.
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/Products.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

int64_t dimOf(Value tensor, unsigned index) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(index);
}

Value toF32(LinalgBuilder &l, Value value) {
  if (value.getType().isF32())
    return value;
  if (isa<FloatType>(value.getType()))
    return arith::ExtFOp::create(l.b, l.loc, l.b.getF32Type(), value);
  return arith::SIToFPOp::create(l.b, l.loc, l.b.getF32Type(), value);
}

Value extendSigned(LinalgBuilder &l, Value value, Type type) {
  return arith::ExtSIOp::create(l.b, l.loc, type, value);
}

Value mul(LinalgBuilder &l, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::MulFOp::create(l.b, l.loc, x, y);
  return arith::MulIOp::create(l.b, l.loc, x, y);
}

Value add(LinalgBuilder &l, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::AddFOp::create(l.b, l.loc, x, y);
  return arith::AddIOp::create(l.b, l.loc, x, y);
}

/// Adding 8 to a number of 4 bits, or taking 8 off, turns its highest bit.
static Value turnSigns(LinalgBuilder &l, Value byte) {
  Value signs = l.constant(l.b.getI8Type(), -120);
  return arith::XOrIOp::create(l.b, l.loc, byte, signs);
}

Value nibblesPlus8(LinalgBuilder &l, Value byte, FormatAttr format) {
  return format.getOffset() == 8 ? byte : turnSigns(l, byte);
}

Value nibblesSigned(LinalgBuilder &l, Value byte, FormatAttr format) {
  return format.getOffset() == 0 ? byte : turnSigns(l, byte);
}

Value nibbleTimes16(LinalgBuilder &l, Value byte, Value isHigh) {
  Type i8 = l.b.getI8Type();
  Value high = arith::AndIOp::create(l.b, l.loc, byte, l.constant(i8, -16));
  Value low = arith::ShLIOp::create(l.b, l.loc, byte, l.constant(i8, 4));
  return arith::SelectOp::create(l.b, l.loc, isHigh, high, low);
}

Value zeros(LinalgBuilder &l, ArrayRef<int64_t> shape, Type element) {
  return l.fill(RankedTensorType::get(shape, element),
                cast<TypedAttr>(l.b.getZeroAttr(element)));
}

RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

bool areSideBySide(Value rows) { return typeOf(rows).getRank() == 6; }

int64_t countRows(Value rows) {
  return areSideBySide(rows) ? dimOf(rows, 0) * dimOf(rows, 2) * dimOf(rows, 4)
                             : dimOf(rows, 0);
}

Value buildFloatProduct(LinalgBuilder &l, Value rows, Value weight) {
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2), rk = l.dim(3);
  Value start = zeros(l, {dimOf(rows, 0), dimOf(weight, 0), dimOf(weight, 2)},
                      l.b.getF32Type());
  Value dot = l.generic(
      {"dot", {"m", "no", "ni", "rk"}}, {rows, weight},
      {l.map(4, {m, rk}), l.map(4, {no, rk, ni}), l.map(4, {m, no, ni})},
      typeOf(start), start, [](LinalgBuilder &e, ValueRange args) -> Value {
        return add(e, args[2], mul(e, args[0], toF32(e, args[1])));
      });
  // Adding zero keeps this a stage of its own: a copy would be folded away.
  return l.elementwise("result", {"m", "no", "ni"}, dot, l.b.getF32Type(),
                       [](LinalgBuilder &e, ValueRange args) -> Value {
                         return add(e, args[0], e.constant(0.0f));
                       });
}

//===----------------------------------------------------------------------===//
// int8
//===----------------------------------------------------------------------===//

/// dot[m, no, ni] += x[m, 4 rko + rki] * w[no, rko, ni, rki].
static Value dotI8Quads(LinalgBuilder &l, Value x, Value w) {
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2);
  AffineExpr rko = l.dim(3), rki = l.dim(4);
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, {countRows(x), dimOf(w, 0), dimOf(w, 2)}, i32);
  AffineMap index = l.map(5, {m, rko * 4 + rki});
  if (areSideBySide(x)) { // eight inputs of each row in turn
    int64_t pair = dimOf(x, 4), side = dimOf(x, 2) * pair;
    index =
        l.map(5, {m.floorDiv(side), rko.floorDiv(2), (m % side).floorDiv(pair),
                  l.b.getAffineConstantExpr(0), m % pair, rko % 2 * 4 + rki});
  }
  return l.generic({"dot", {"m", "no", "ni", "rko", "rki"}}, {x, w},
                   {index, l.map(5, {no, rko, ni, rki}), l.map(5, {m, no, ni})},
                   typeOf(start), start,
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     return add(e, args[2],
                                mul(e, extendSigned(e, args[0], i32),
                                    extendSigned(e, args[1], i32)));
                   });
}

/// Adds up the two 32-bit sums of each output channel.
static Value addPairs(LinalgBuilder &l, Value part) {
  AffineMap pairs = l.b.getMultiDimIdentityMap(4);
  Value start = zeros(l, typeOf(part).getShape().drop_back(), l.b.getI32Type());
  return l.generic({"dot", {"m", "no", "ni", "rkp"}}, part,
                   {pairs, l.map(4, {l.dim(0), l.dim(1), l.dim(2)})},
                   typeOf(start), start,
                   [](LinalgBuilder &e, ValueRange args) -> Value {
                     return add(e, args[1], args[0]);
                   });
}

/// The rows in the 16 bits that they are multiplied in. They are stored so, once for
/// all tiles of channels: spread over a register they need no shuffle then.
static Value widenRows(LinalgBuilder &l, Value x) {
  Type i16 = l.b.getI16Type();
  return l.elementwise("wide", {"m", "k"}, x, i16,
                       [&](LinalgBuilder &e, ValueRange args) -> Value {
                         return extendSigned(e, args[0], i16);
                       });
}

/// part[m, no, ni, kp] += x[m, 4 rko + 2 kp + rk2] * w[no, rko, ni, kp, rk2].
static Value dotI8Pairs(LinalgBuilder &l, Value x, Value w) {
  x = widenRows(l, x);
  int64_t rows = dimOf(x, 0), tiles = dimOf(w, 0), quads = dimOf(w, 1);
  int64_t tile = dimOf(w, 2);
  Value split =
      l.expand(w, {tiles, quads, tile, 2, 2}, {{0}, {1}, {2}, {3, 4}});
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2), kp = l.dim(3);
  AffineExpr rko = l.dim(4), rk2 = l.dim(5);
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, {rows, tiles, tile, 2}, i32);
  Value part = l.generic(
      {"part", {"m", "no", "ni", "kp", "rko", "rk2"}}, {x, split},
      {l.map(6, {m, rko * 4 + kp * 2 + rk2}), l.map(6, {no, rko, ni, kp, rk2}),
       l.map(6, {m, no, ni, kp})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        return add(e, args[2],
                   mul(e, extendSigned(e, args[0], i32),
                       extendSigned(e, args[1], i32)));
      });
  return addPairs(l, part);
}

/// As dotI8Pairs, but adds two products in 16 bits first: |q| <= 127, so that
/// 2 * 127 * 127 < 2^15.
static Value dotI8Halves(LinalgBuilder &l, Value x, Value w) {
  int64_t rows = dimOf(x, 0), tiles = dimOf(w, 0), quads = dimOf(w, 1);
  int64_t tile = dimOf(w, 2);
  if (quads % 2 != 0)
    return dotI8Pairs(l, x, w);
  Value split = l.expand(w, {tiles, quads / 2, 2, tile, 2, 2},
                         {{0}, {1, 2}, {3}, {4, 5}});
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2), kp = l.dim(3);
  AffineExpr rko = l.dim(4), rk2 = l.dim(5);
  AffineExpr zero = l.b.getAffineConstantExpr(0);
  AffineExpr one = l.b.getAffineConstantExpr(1);
  AffineExpr first = rko * 8 + kp * 2 + rk2;
  Type i16 = l.b.getI16Type(), i32 = l.b.getI32Type();
  Value start = zeros(l, {rows, tiles, tile, 2}, i32);
  Value part = l.generic(
      {"part", {"m", "no", "ni", "kp", "rko", "rk2"}}, {x, x, split, split},
      {l.map(6, {m, first}), l.map(6, {m, first + 4}),
       l.map(6, {no, rko, zero, ni, kp, rk2}),
       l.map(6, {no, rko, one, ni, kp, rk2}), l.map(6, {m, no, ni, kp})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value low = mul(e, extendSigned(e, args[0], i16),
                        extendSigned(e, args[2], i16));
        Value high = mul(e, extendSigned(e, args[1], i16),
                         extendSigned(e, args[3], i16));
        return add(e, args[4], extendSigned(e, add(e, low, high), i32));
      });
  return addPairs(l, part);
}

Value buildI8Product(LinalgBuilder &l, DotKind kind, QuantizedRows rows,
                     Value weight, Value scales) {
  auto dotOf = sumsQuads(kind)           ? dotI8Quads
               : kind == DotKind::Halves ? dotI8Halves
                                         : dotI8Pairs;
  Value dot = dotOf(l, rows.values, weight);
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2);
  AffineMap all = l.map(3, {m, no, ni});
  return l.generic({"dequantize", {"m", "no", "ni"}},
                   {dot, rows.scales, scales},
                   {all, l.map(3, {m}), l.map(3, {no, ni}), all},
                   typeOf(dot).clone(l.b.getF32Type()), {},
                   [](LinalgBuilder &e, ValueRange args) -> Value {
                     return mul(e, mul(e, toF32(e, args[0]), args[1]), args[2]);
                   });
}

} // namespace mlir::eke
