//===- I4MFormat.cpp - Weights of 4 bits with a minimum, in groups of 32 --===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   values [N/tile][K/32][4][tile][4] bytes       scales [N/tile][K/32][2][tile] f16
//
// The scales of a group, then its minima.
//
// Rows have a scale for each group, too: what is asked for to keep the numbers of a file
// should not lose them to the other factor.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/GroupFormat.h"
#include "dialects/formats/I4Product.h"
#include "dialects/formats/Pack.h"
#include "dialects/formats/QuantizeGroup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {
namespace {

class I4MFormat : public GroupFormat {
public:
  I4MFormat() : GroupFormat("i4m", 4, 0, 15, /*hasMinimum=*/true, mostOfI4M) {}

  bool isCoarse() const override { return true; }
  StringRef getHeadFormat() const override { return "i8g"; }

  std::optional<BadElement> pack(const SourceMatrix &source, FormatAttr format,
                                 uint8_t *values,
                                 uint8_t *scales) const override {
    return packI4M(source, format.getTile(), values, scales);
  }

  Value load(LinalgBuilder &l, const WeightValue &weight, Value n,
             Value k) const override {
    auto [tile, inTile] = splitChannel(l, weight, n);
    Value group = divide(l, k, kGroup), inHalf = remainder(l, k, 16);
    Value byte = l.extract(weight.values, {tile, group, divide(l, inHalf, 4),
                                           inTile, remainder(l, inHalf, 4)});
    Value isHigh = arith::CmpIOp::create(l.b, l.loc, arith::CmpIPredicate::uge,
                                         remainder(l, k, kGroup), l.index(16));
    auto scale = [&](int64_t which) {
      return toF32(
          l, l.extract(weight.scales, {tile, group, l.index(which), inTile}));
    };
    return add(l, mul(l, toF32(l, nibbleUnsigned(l, byte, isHigh)), scale(0)),
               scale(1));
  }

  Value buildProduct(ProductBuilder &products, Location loc, Value rows,
                     const WeightValue &weight) const override {
    QuantizedRows x =
        products.quantize(loc, rows, dimOf(weight.values, 1) * kGroup,
                          chooseGroupLayout(products.kind, kGroup));
    LinalgBuilder l(products.b, loc);
    return buildI4Product(l, products.kind, x, weight);
  }

protected:
  QuantGroup quantize(const float *x, const float *importance) const override {
    return quantizeI4M(x, importance);
  }
};

} // namespace

void registerI4MFormat(EkeDialect &dialect) {
  dialect.addFormat(std::make_unique<I4MFormat>());
}

} // namespace mlir::eke
