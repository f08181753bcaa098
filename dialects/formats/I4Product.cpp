//===- I4Product.cpp - Products with weights in groups of int4 ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group of 32 inputs lies in 16 bytes per output channel: the half `h` = 0 in the
// low nibbles, 1 in the high ones, at byte (c, ki). Groups are summed exactly in
// integers; `groups` adds them up, each with its scale.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/I4Product.h"

#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

/// Adding 8 to a number of 4 bits, or taking 8 off, turns its highest bit.
static Value turnSigns(LinalgBuilder &l, Value byte) {
  Value signs = l.constant(l.b.getI8Type(), -120);
  return arith::XOrIOp::create(l.b, l.loc, byte, signs);
}

/// Both nibbles as numbers plus 8.
static Value nibblesPlus8(LinalgBuilder &l, Value byte, FormatAttr format) {
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

/// Is loop `loop`, the half of a group, at the high nibbles?
static Value isHighHalf(LinalgBuilder &e, unsigned loop) {
  return arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::ne,
                               e.loopIndex(loop), e.index(0));
}

namespace {

/// The rows with an index for the half of a group, and where the loops (m, no, g, ni,
/// rc, rh, rki) find their input.
struct Halves {
  Value rows;
  AffineMap index;
};

} // namespace

/// Of a row, 32 inputs of a group are a piece of memory, or (rows by i8mm) 8 of them.
static Halves splitGroups(LinalgBuilder &l, Value x) {
  AffineExpr row = l.dim(0), g = l.dim(2);
  AffineExpr rc = l.dim(4), rh = l.dim(5), rki = l.dim(6);
  if (!areSideBySide(x)) {
    SmallVector<int64_t> shape{dimOf(x, 0), dimOf(x, 1) / 32, 2, 4, 4};
    return {l.expand(x, shape, {{0}, {1, 2, 3, 4}}),
            l.map(7, {row, g, rh, rc, rki})};
  }
  SmallVector<int64_t> shape(typeOf(x).getShape());
  int64_t pairs = shape[2], pair = shape[4], side = pairs * pair;
  SmallVector<AffineExpr> index{row.floorDiv(side), g,
                                (row % side).floorDiv(pair)};
  if (shape[5] == 32) {
    shape = {shape[0], shape[1], pairs, 1, pair, 2, 4, 4};
    index.append({l.b.getAffineConstantExpr(0), row % pair, rh, rc, rki});
    return {l.expand(x, shape, {{0}, {1}, {2}, {3}, {4}, {5, 6, 7}}),
            l.map(7, index)};
  }
  shape = {shape[0], shape[1], pairs, 2, 2, pair, 8};
  index.append({rh, rc.floorDiv(2), row % pair, rc % 2 * 4 + rki});
  return {l.expand(x, shape, {{0}, {1}, {2}, {3, 4}, {5}, {6}}),
          l.map(7, index)};
}

/// dot[m, no, g, ni] = 16 * sum x * nibble.
static Value dotQuads(LinalgBuilder &l, Value x, const WeightValue &weight) {
  Value w = weight.values;
  int64_t m = countRows(x), tiles = dimOf(w, 0), groups = dimOf(w, 1);
  AffineExpr row = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr rc = l.dim(4), rki = l.dim(6);
  Halves halves = splitGroups(l, x);
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, {m, tiles, groups, dimOf(w, 3)}, i32);
  return l.generic(
      {"dot", {"m", "no", "g", "ni", "rc", "rh", "rki"}}, {halves.rows, w},
      {halves.index, l.map(7, {no, g, rc, ni, rki}),
       l.map(7, {row, no, g, ni})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value byte = nibblesSigned(e, args[1], getFormat(weight.type));
        Value nibble = nibbleTimes16(e, byte, isHighHalf(e, 5));
        return add(e, args[2],
                   mul(e, extendSigned(e, args[0], i32),
                       extendSigned(e, nibble, i32)));
      });
}

/// dot[m, no, g, ni] = sum over the last loop of 16-bit parts.
static Value widenParts(LinalgBuilder &l, Value part, StringRef lastLoop) {
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, typeOf(part).getShape().drop_back(), i32);
  return l.generic({"dot", {"m", "no", "g", "ni", lastLoop}}, part,
                   {l.b.getMultiDimIdentityMap(5),
                    l.map(5, {l.dim(0), l.dim(1), l.dim(2), l.dim(3)})},
                   typeOf(start), start,
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     return add(e, args[1], extendSigned(e, args[0], i32));
                   });
}

/// part[m, no, g, ni, ki] sums 8 products in 16 bits: 8 * 127 * 8 < 2^15.
static Value dotHalves(LinalgBuilder &l, Value x, const WeightValue &weight) {
  Value w = weight.values;
  int64_t m = dimOf(x, 0), tiles = dimOf(w, 0), groups = dimOf(w, 1);
  Value halves = l.expand(x, {m, groups, 2, 4, 4}, {{0}, {1, 2, 3, 4}});
  AffineExpr row = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr ki = l.dim(4), rc = l.dim(5), rh = l.dim(6);
  Type i16 = l.b.getI16Type();
  Value start = zeros(l, {m, tiles, groups, dimOf(w, 3), 4}, i16);
  Value part = l.generic(
      {"part", {"m", "no", "g", "ni", "ki", "rc", "rh"}}, {halves, w},
      {l.map(7, {row, g, rh, rc, ki}), l.map(7, {no, g, rc, ni, ki}),
       l.map(7, {row, no, g, ni, ki})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Type i8 = e.b.getI8Type();
        Value byte = nibblesSigned(e, args[1], getFormat(weight.type));
        Value up = arith::ShLIOp::create(e.b, e.loc, byte, e.constant(i8, 4));
        Value top =
            arith::SelectOp::create(e.b, e.loc, isHighHalf(e, 6), byte, up);
        Value nibble =
            arith::ShRSIOp::create(e.b, e.loc, top, e.constant(i8, 4));
        return add(e, args[2],
                   mul(e, extendSigned(e, args[0], i16),
                       extendSigned(e, nibble, i16)));
      });
  return widenParts(l, part, "rki");
}

/// offsets[m, g], -8 times the sum of a group's inputs: what takes an offset of 8 in
/// every weight of the group out of the product.
static Value sumGroups(LinalgBuilder &l, Value x, int64_t groups) {
  int64_t m = dimOf(x, 0);
  Value split = l.expand(x, {m, groups, 32}, {{0}, {1, 2}});
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, {m, groups}, i32);
  return l.generic(
      {"group_sums", {"m", "g", "rk"}}, split,
      {l.b.getMultiDimIdentityMap(3), l.map(3, {l.dim(0), l.dim(1)})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value offset =
            mul(e, extendSigned(e, args[0], i32), e.constant(i32, -8));
        return add(e, args[1], offset);
      });
}

/// part[m, no, g, ni, kp] = sum x * (nibble + 8) in 16 bits. The sixteen products of
/// a part are at most 16 * 127 * 15 < 2^15, so the sum never saturates; as a
/// saturating one, the sum of two products is an instruction (pmaddubsw).
static Value partPairs(LinalgBuilder &l, Value x, const WeightValue &weight) {
  Value w = weight.values;
  int64_t m = dimOf(x, 0), tiles = dimOf(w, 0), groups = dimOf(w, 1);
  int64_t tile = dimOf(w, 3);
  Value halves = l.expand(x, {m, groups, 2, 4, 2, 2}, {{0}, {1, 2, 3, 4, 5}});
  Value pairs =
      l.expand(w, {tiles, groups, 4, tile, 2, 2}, {{0}, {1}, {2}, {3}, {4, 5}});
  AffineExpr row = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr kp = l.dim(4), rc = l.dim(5), rh = l.dim(6), rk2 = l.dim(7);
  Type i16 = l.b.getI16Type();
  Value start = zeros(l, {m, tiles, groups, tile, 2}, i16);
  return l.generic(
      {"part", {"m", "no", "g", "ni", "kp", "rc", "rh", "rk2"}},
      {halves, pairs},
      {l.map(8, {row, g, rh, rc, kp, rk2}), l.map(8, {no, g, rc, ni, kp, rk2}),
       l.map(8, {row, no, g, ni, kp})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Type i8 = e.b.getI8Type();
        Value byte = nibblesPlus8(e, args[1], getFormat(weight.type));
        Value low = arith::AndIOp::create(e.b, e.loc, byte, e.constant(i8, 15));
        Value high =
            arith::ShRUIOp::create(e.b, e.loc, byte, e.constant(i8, 4));
        Value nibble =
            arith::SelectOp::create(e.b, e.loc, isHighHalf(e, 6), high, low);
        Value wide = arith::ExtUIOp::create(e.b, e.loc, i16, nibble);
        Value product = mul(e, extendSigned(e, args[0], i16), wide);
        return halide::SaturatingAddOp::create(e.b, e.loc, args[2], product,
                                               /*nsw=*/true);
      });
}

/// result[m, no, ni] = sum over g of scale * (dot + offsets), or of scale * dot.
static Value addGroups(LinalgBuilder &l, Value dot, Value scales,
                       Value offsets) {
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2), rg = l.dim(3);
  Value start =
      zeros(l, {dimOf(dot, 0), dimOf(dot, 1), dimOf(dot, 3)}, l.b.getF32Type());
  SmallVector<Value> inputs{dot, scales};
  SmallVector<AffineMap> maps{l.map(4, {m, no, rg, ni}),
                              l.map(4, {no, rg, ni})};
  if (offsets) {
    inputs.push_back(offsets);
    maps.push_back(l.map(4, {m, rg}));
  }
  maps.push_back(l.map(4, {m, no, ni}));
  return l.generic(
      {"groups", {"m", "no", "ni", "rg"}}, inputs, maps, typeOf(start), start,
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value sum = args[0];
        if (offsets)
          sum = add(e, sum, args[2]);
        return add(e, args.back(), mul(e, toF32(e, sum), toF32(e, args[1])));
      });
}

Value buildI4Product(LinalgBuilder &l, DotKind kind, QuantizedRows rows,
                     const WeightValue &weight) {
  Value dot, offsets;
  if (sumsQuads(kind)) {
    dot = dotQuads(l, rows.values, weight);
  } else if (kind == DotKind::Halves) {
    dot = dotHalves(l, rows.values, weight);
  } else {
    offsets = sumGroups(l, rows.values, dimOf(weight.values, 1));
    dot = widenParts(l, partPairs(l, rows.values, weight), "rkp");
  }
  Value scaled = addGroups(l, dot, weight.scales, offsets);
  float factor = sumsQuads(kind) ? 1.0f / 16.0f : 1.0f;
  AffineExpr m = l.dim(0), no = l.dim(1), ni = l.dim(2);
  AffineMap all = l.map(3, {m, no, ni});
  return l.generic({"dequantize", {"m", "no", "ni"}}, {scaled, rows.scales},
                   {all, l.map(3, {m}), all}, typeOf(scaled), {},
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     Value result = mul(e, args[0], args[1]);
                     if (factor != 1.0f)
                       result = mul(e, result, e.constant(factor));
                     return result;
                   });
}

} // namespace mlir::eke
