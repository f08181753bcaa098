//===- I8Format.cpp - Weights of 8 bits, a scale per channel --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   values [N/tile][K/4][tile][4] i8       scales [N/tile][tile] f32
//
// Stages: `part` sums in narrow numbers what the target multiplies at once, `dot`
// sums in 32 bits, `dequantize` applies the scales. A reduction never writes the
// result itself, so that its accumulators stay in registers.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Pack.h"
#include "dialects/formats/Products.h"
#include "dialects/formats/TiledFormat.h"

namespace mlir::eke {

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

/// rows [m, 4 ko], or side by side, with weight [no, ko, ni, 4] and scales [no, ni].
static Value buildI8Product(LinalgBuilder &l, DotKind kind, QuantizedRows rows,
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

/// For as many rows as the product has sums of in registers at the same time. By i8mm
/// two rows are multiplied at once, eight inputs of each.
static RowLayout chooseLayout(DotKind kind) {
  return kind == DotKind::Octets ? RowLayout{8, 8, 2, 8} : RowLayout();
}

namespace {

class I8Format : public TiledFormat {
public:
  I8Format() : TiledFormat("i8") {}

  MacType getMacType() const override { return MacType::Int8; }

  RankedTensorType getValuesType(RankedTensorType type) const override {
    return RankedTensorType::get(
        {countTiles(type), int64_t(llvm::divideCeil(type.getDimSize(1), 4)),
         eke::getFormat(type).getTile(), 4},
        IntegerType::get(type.getContext(), 8));
  }

  RankedTensorType getScalesType(RankedTensorType type) const override {
    return RankedTensorType::get(
        {countTiles(type), eke::getFormat(type).getTile()},
        Float32Type::get(type.getContext()));
  }

  bool gainsFromRotation() const override { return true; }

  std::optional<BadElement> pack(const SourceMatrix &source, FormatAttr format,
                                 uint8_t *values,
                                 uint8_t *scales) const override {
    return packI8(source, format.getTile(), values, scales);
  }

  Value load(LinalgBuilder &l, const WeightValue &weight, Value n,
             Value k) const override {
    auto [tile, inTile] = splitChannel(l, weight, n);
    Value q = l.extract(weight.values,
                        {tile, divide(l, k, 4), inTile, remainder(l, k, 4)});
    return mul(l, toF32(l, q), l.extract(weight.scales, {tile, inTile}));
  }

  Value buildProduct(ProductBuilder &products, Location loc, Value rows,
                     const WeightValue &weight) const override {
    QuantizedRows x = products.quantize(loc, rows, dimOf(weight.values, 1) * 4,
                                        chooseLayout(products.kind));
    LinalgBuilder l(products.b, loc);
    return buildI8Product(l, products.kind, x, weight.values, weight.scales);
  }

protected:
  int64_t chooseTile(TargetAttr target) const override {
    return chooseIntegerTile(target);
  }
};

} // namespace

void registerI8Format(EkeDialect &dialect) {
  dialect.addFormat(std::make_unique<I8Format>());
}

} // namespace mlir::eke
