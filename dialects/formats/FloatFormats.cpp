//===- FloatFormats.cpp - Weights stored as floating point numbers --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   values [N/tile][K][tile]
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Pack.h"
#include "dialects/formats/Products.h"
#include "dialects/formats/TiledFormat.h"

namespace mlir::eke {

/// rows [m, k] with weight [no, k, ni].
static Value buildFloatProduct(LinalgBuilder &l, Value rows, Value weight) {
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

namespace {

/// f32 or f16, which only differ in the element.
class FloatFormat : public TiledFormat {
public:
  using Packer = std::optional<BadElement> (*)(const SourceMatrix &, int64_t,
                                               uint8_t *);

  FloatFormat(StringRef name, Type (*element)(MLIRContext *), Packer packer)
      : TiledFormat(name), element(element), packer(packer) {}

  RankedTensorType getValuesType(RankedTensorType type) const override {
    return RankedTensorType::get(
        {countTiles(type), type.getDimSize(1), eke::getFormat(type).getTile()},
        element(type.getContext()));
  }

  /// f32 keeps what is no blocks; those would take many times their bits.
  bool keeps(Type stored) const override {
    Type own = element(stored.getContext());
    return stored == own ||
           (own.isF32() && (stored.isF16() || stored.isBF16()));
  }

  std::optional<BadElement> pack(const SourceMatrix &source, FormatAttr format,
                                 uint8_t *values, uint8_t *) const override {
    return packer(source, format.getTile(), values);
  }

  Value load(LinalgBuilder &l, const WeightValue &weight, Value n,
             Value k) const override {
    auto [tile, inTile] = splitChannel(l, weight, n);
    return toF32(l, l.extract(weight.values, {tile, k, inTile}));
  }

  Value buildProduct(ProductBuilder &products, Location loc, Value rows,
                     const WeightValue &weight) const override {
    LinalgBuilder l(products.b, loc);
    return buildFloatProduct(l, rows, weight.values);
  }

private:
  Type (*element)(MLIRContext *);
  Packer packer;
};

} // namespace

void registerFloatFormats(EkeDialect &dialect) {
  dialect.addFormat(std::make_unique<FloatFormat>(
      "f32", [](MLIRContext *c) -> Type { return Float32Type::get(c); },
      packF32));
  dialect.addFormat(std::make_unique<FloatFormat>(
      "f16", [](MLIRContext *c) -> Type { return Float16Type::get(c); },
      packF16));
}

} // namespace mlir::eke
