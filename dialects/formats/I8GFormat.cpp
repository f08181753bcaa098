//===- I8GFormat.cpp - Weights of 8 bits in groups of 32 ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   values [N/tile][K/32][8][tile][4] i8       scales [N/tile][K/32][tile] f16
//
// A group is summed as a row of the format i8 is.
//
// Rows have a scale for each group, too: what is asked for to keep the numbers of a file
// should not lose them to the other factor.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/GroupFormat.h"
#include "dialects/formats/Pack.h"
#include "dialects/formats/QuantizeGroup.h"

namespace mlir::eke {

/// dot[m, no, g, ni] = sum x * w.
static Value dotQuads(LinalgBuilder &l, Value x, Value w) {
  int64_t m = countRows(x), tiles = dimOf(w, 0), groups = dimOf(w, 1);
  int64_t tile = dimOf(w, 3);
  AffineExpr row = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr rc = l.dim(4), rh = l.dim(5), rki = l.dim(6);
  GroupHalves halves = splitGroups(l, x);
  Value split =
      l.expand(w, {tiles, groups, 2, 4, tile, 4}, {{0}, {1}, {2, 3}, {4}, {5}});
  Type i32 = l.b.getI32Type();
  Value start = zeros(l, {m, tiles, groups, tile}, i32);
  return l.generic(
      {"dot", {"m", "no", "g", "ni", "rc", "rh", "rki"}}, {halves.rows, split},
      {halves.index, l.map(7, {no, g, rh, rc, ni, rki}),
       l.map(7, {row, no, g, ni})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        return add(e, args[2],
                   mul(e, extendSigned(e, args[0], i32),
                       extendSigned(e, args[1], i32)));
      });
}

/// part[m, no, g, ni, kp] = sum over pairs of inputs. Two products are added in 16 bits:
/// 2 * 127 * 128 < 2^15.
static Value sumPairs(LinalgBuilder &l, Value x, Value w) {
  int64_t m = dimOf(x, 0), tiles = dimOf(w, 0), groups = dimOf(w, 1);
  int64_t tile = dimOf(w, 3);
  Value rows = l.expand(x, {m, groups, 4, 2, 2, 2}, {{0}, {1, 2, 3, 4, 5}});
  Value split = l.expand(w, {tiles, groups, 4, 2, tile, 2, 2},
                         {{0}, {1}, {2, 3}, {4}, {5, 6}});
  AffineExpr row = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr kp = l.dim(4), rko = l.dim(5), rk2 = l.dim(6);
  auto rowMap = [&](int64_t half) {
    return l.map(7, {row, g, rko, l.b.getAffineConstantExpr(half), kp, rk2});
  };
  auto weightMap = [&](int64_t half) {
    return l.map(7, {no, g, rko, l.b.getAffineConstantExpr(half), ni, kp, rk2});
  };
  Type i16 = l.b.getI16Type(), i32 = l.b.getI32Type();
  Value start = zeros(l, {m, tiles, groups, tile, 2}, i32);
  Value part = l.generic(
      {"part", {"m", "no", "g", "ni", "kp", "rko", "rk2"}},
      {rows, rows, split, split},
      {rowMap(0), rowMap(1), weightMap(0), weightMap(1),
       l.map(7, {row, no, g, ni, kp})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value low = mul(e, extendSigned(e, args[0], i16),
                        extendSigned(e, args[2], i16));
        Value high = mul(e, extendSigned(e, args[1], i16),
                         extendSigned(e, args[3], i16));
        return add(e, args[4], extendSigned(e, add(e, low, high), i32));
      });
  return sumParts(l, part, "rkp");
}

/// The same for x86, where rows are multiplied in 16 bits (see I8Format.cpp).
static Value sumWidePairs(LinalgBuilder &l, Value x, Value w) {
  int64_t m = dimOf(x, 0), tiles = dimOf(w, 0), groups = dimOf(w, 1);
  int64_t tile = dimOf(w, 3);
  Type i16 = l.b.getI16Type(), i32 = l.b.getI32Type();
  Value wide = l.elementwise("wide", {"m", "k"}, x, i16,
                             [&](LinalgBuilder &e, ValueRange args) -> Value {
                               return extendSigned(e, args[0], i16);
                             });
  Value rows = l.expand(wide, {m, groups, 8, 2, 2}, {{0}, {1, 2, 3, 4}});
  Value split =
      l.expand(w, {tiles, groups, 8, tile, 2, 2}, {{0}, {1}, {2}, {3}, {4, 5}});
  AffineExpr row = l.dim(0), no = l.dim(1), g = l.dim(2), ni = l.dim(3);
  AffineExpr kp = l.dim(4), rko = l.dim(5), rk2 = l.dim(6);
  Value start = zeros(l, {m, tiles, groups, tile, 2}, i32);
  Value part = l.generic(
      {"part", {"m", "no", "g", "ni", "kp", "rko", "rk2"}}, {rows, split},
      {l.map(7, {row, g, rko, kp, rk2}), l.map(7, {no, g, rko, ni, kp, rk2}),
       l.map(7, {row, no, g, ni, kp})},
      typeOf(start), start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        return add(e, args[2],
                   mul(e, extendSigned(e, args[0], i32),
                       extendSigned(e, args[1], i32)));
      });
  return sumParts(l, part, "rkp");
}

namespace {

class I8GFormat : public GroupFormat {
public:
  I8GFormat()
      : GroupFormat("i8g", 8, -128, 127, /*hasMinimum=*/false, mostOfI8G) {}

  std::optional<BadElement> pack(const SourceMatrix &source, FormatAttr format,
                                 uint8_t *values,
                                 uint8_t *scales) const override {
    return packI8G(source, format.getTile(), values, scales);
  }

  Value load(LinalgBuilder &l, const WeightValue &weight, Value n,
             Value k) const override {
    auto [tile, inTile] = splitChannel(l, weight, n);
    Value group = divide(l, k, kGroup);
    Value q = l.extract(weight.values,
                        {tile, group, divide(l, remainder(l, k, kGroup), 4),
                         inTile, remainder(l, k, 4)});
    Value scale = toF32(l, l.extract(weight.scales, {tile, group, inTile}));
    return mul(l, toF32(l, q), scale);
  }

  Value buildProduct(ProductBuilder &products, Location loc, Value rows,
                     const WeightValue &weight) const override {
    QuantizedRows x =
        products.quantize(loc, rows, dimOf(weight.values, 1) * kGroup,
                          chooseGroupLayout(products.kind, kGroup));
    LinalgBuilder l(products.b, loc);
    GroupTerms terms;
    if (sumsQuads(products.kind))
      terms.dot = dotQuads(l, x.values, weight.values);
    else if (products.kind == DotKind::Halves)
      terms.dot = sumPairs(l, x.values, weight.values);
    else
      terms.dot = sumWidePairs(l, x.values, weight.values);
    terms.scales = weight.scales;
    terms.scaleMap = l.map(4, {l.dim(1), l.dim(3), l.dim(2)});
    return addGroups(l, terms, x.scales, 1);
  }

protected:
  QuantGroup quantize(const float *x, const float *importance) const override {
    return quantizeI8G(x, importance);
  }
};

} // namespace

void registerI8GFormat(EkeDialect &dialect) {
  dialect.addFormat(std::make_unique<I8GFormat>());
}

} // namespace mlir::eke
