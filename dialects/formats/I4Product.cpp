//===- I4Product.cpp - Products with weights in groups of int4 ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group of 32 inputs lies in 16 bytes per output channel: the half `h` = 0 in the
// low nibbles, 1 in the high ones, at byte (c, ki). A nibble of i4 is a number with a
// sign, perhaps stored as the number plus 8; one of i4m is 0 to 15, and each group has
// a minimum that its sum of inputs is multiplied with.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/I4Product.h"

#include "dialects/formats/GroupProducts.h"
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

Value nibbleUnsigned(LinalgBuilder &l, Value byte, Value isHigh) {
  Type i8 = l.b.getI8Type();
  Value low = arith::AndIOp::create(l.b, l.loc, byte, l.constant(i8, 15));
  Value high = arith::ShRUIOp::create(l.b, l.loc, byte, l.constant(i8, 4));
  return arith::SelectOp::create(l.b, l.loc, isHigh, high, low);
}

/// Is loop `loop`, the half of a group, at the high nibbles?
static Value isHighHalf(LinalgBuilder &e, unsigned loop) {
  return arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::ne,
                               e.loopIndex(loop), e.index(0));
}

/// Does the format of `weight` have minima?
static bool hasMinima(const WeightValue &weight) {
  return typeOf(weight.scales).getRank() == 4;
}

/// dot[m, no, g, ni] = 16 * sum x * nibble, or without 16 where nibbles have no sign.
static Value dotQuads(LinalgBuilder &l, Value x, const WeightValue &weight) {
  Value w = weight.values;
  int64_t m = countRows(x), tiles = dimOf(w, 0), groups = dimOf(w, 1);
  AffineExpr row = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr rc = l.dim(4), rki = l.dim(6);
  GroupHalves halves = splitGroups(l, x);
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, {m, tiles, groups, dimOf(w, 3)}, i32);
  return l.generic(
      {"dot", {"m", "no", "g", "ni", "rc", "rh", "rki"}}, {halves.rows, w},
      {halves.index, l.map(7, {no, g, rc, ni, rki}),
       l.map(7, {row, no, g, ni})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value isHigh = isHighHalf(e, 5), nibble;
        if (hasMinima(weight))
          nibble = nibbleUnsigned(e, args[1], isHigh);
        else
          nibble = nibbleTimes16(
              e, nibblesSigned(e, args[1], getFormat(weight.type)), isHigh);
        return add(e, args[2],
                   mul(e, extendSigned(e, args[0], i32),
                       extendSigned(e, nibble, i32)));
      });
}

/// The low or high of two signed nibbles.
static Value nibbleSigned(LinalgBuilder &l, Value byte, Value isHigh) {
  Type i8 = l.b.getI8Type();
  Value up = arith::ShLIOp::create(l.b, l.loc, byte, l.constant(i8, 4));
  Value top = arith::SelectOp::create(l.b, l.loc, isHigh, byte, up);
  return arith::ShRSIOp::create(l.b, l.loc, top, l.constant(i8, 4));
}

/// part[m, no, g, ni, ki] sums 8 products in 16 bits: 8 * 127 * 15 < 2^15.
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
        Value isHigh = isHighHalf(e, 6), nibble;
        if (hasMinima(weight))
          nibble = nibbleUnsigned(e, args[1], isHigh);
        else
          nibble = nibbleSigned(
              e, nibblesSigned(e, args[1], getFormat(weight.type)), isHigh);
        return add(e, args[2],
                   mul(e, extendSigned(e, args[0], i16),
                       extendSigned(e, nibble, i16)));
      });
  return sumParts(l, part, "rki");
}

/// part[m, no, g, ni, kp] = sum x * (nibble + 8), or x * nibble without a sign, in 16
/// bits. The sixteen products of a part are at most 16 * 127 * 15 < 2^15, so the sum
/// never saturates; as a saturating one, the sum of two products is an instruction
/// (pmaddubsw).
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
        Value byte = hasMinima(weight)
                         ? args[1]
                         : nibblesPlus8(e, args[1], getFormat(weight.type));
        Value nibble = nibbleUnsigned(e, byte, isHighHalf(e, 6));
        Value wide = arith::ExtUIOp::create(e.b, e.loc, i16, nibble);
        Value product = mul(e, extendSigned(e, args[0], i16), wide);
        return halide::SaturatingAddOp::create(e.b, e.loc, args[2], product,
                                               /*nsw=*/true);
      });
}

/// Sums of the integers of groups as what they stand for.
static Value scaleSums(LinalgBuilder &l, Value sums, Value scales) {
  return l.elementwise("sums", {"m", "g"}, {sums, scales}, l.b.getF32Type(),
                       [](LinalgBuilder &e, ValueRange args) -> Value {
                         return mul(e, toF32(e, args[0]), args[1]);
                       });
}

Value buildI4Product(LinalgBuilder &l, DotKind kind, QuantizedRows rows,
                     const WeightValue &weight) {
  AffineExpr no = l.dim(1), ni = l.dim(2), rg = l.dim(3);
  auto part = [&](int64_t which) {
    AffineExpr index = l.b.getAffineConstantExpr(which);
    return hasMinima(weight) ? l.map(4, {no, rg, index, ni})
                             : l.map(4, {no, rg, ni});
  };
  GroupTerms terms;
  terms.scales = weight.scales;
  terms.scaleMap = part(0);
  if (hasMinima(weight)) {
    terms.minima = weight.scales;
    terms.minimumMap = part(1);
    terms.sums = scaleSums(l, sumGroups(l, rows.plain, 1), rows.scales);
  }
  float factor = 1;
  if (sumsQuads(kind)) {
    terms.dot = dotQuads(l, rows.values, weight);
    factor = hasMinima(weight) ? 1 : 1.0f / 16.0f;
  } else if (kind == DotKind::Halves) {
    terms.dot = dotHalves(l, rows.values, weight);
  } else {
    // Takes the 8 in every weight of a group out of the product.
    if (!hasMinima(weight))
      terms.offsets = sumGroups(l, rows.plain, -8);
    terms.dot = sumParts(l, partPairs(l, rows.values, weight), "rkp");
  }
  return addGroups(l, terms, rows.scales, factor);
}

} // namespace mlir::eke
