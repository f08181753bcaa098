//===- I4Format.cpp - Weights of 4 bits in groups of 32 -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   values [N/tile][K/32][4][tile][4] bytes       scales [N/tile][K/32][tile] f16
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/GroupFormat.h"
#include "dialects/formats/I4Product.h"
#include "dialects/formats/Pack.h"
#include "dialects/formats/QuantizeGroup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

namespace {

class I4Format : public GroupFormat {
public:
  I4Format() : GroupFormat("i4", 4, -8, 7, /*hasMinimum=*/false, mostOfI4) {}

  bool isCoarse() const override { return true; }
  StringRef getHeadFormat() const override { return "i8"; }
  bool gainsFromRotation() const override { return true; }
  /// Numbers that have been in 4 bits with a minimum before are on its grid.
  const FormatInterface *getAlternative(MLIRContext *context) const override {
    return lookup(context, "i4m");
  }

  std::optional<BadElement> pack(const SourceMatrix &source, FormatAttr format,
                                 uint8_t *values,
                                 uint8_t *scales) const override {
    return packI4(source, format.getTile(), format.getOffset(), values, scales);
  }

  Value load(LinalgBuilder &l, const WeightValue &weight, Value n,
             Value k) const override {
    auto [tile, inTile] = splitChannel(l, weight, n);
    Value group = divide(l, k, kGroup), inHalf = remainder(l, k, 16);
    Value byte = l.extract(weight.values, {tile, group, divide(l, inHalf, 4),
                                           inTile, remainder(l, inHalf, 4)});
    Value isHigh = arith::CmpIOp::create(l.b, l.loc, arith::CmpIPredicate::uge,
                                         remainder(l, k, kGroup), l.index(16));
    Value signedByte = nibblesSigned(l, byte, eke::getFormat(weight.type));
    Value nibble = nibbleTimes16(l, signedByte, isHigh);
    Value scale = toF32(l, l.extract(weight.scales, {tile, group, inTile}));
    return mul(l, mul(l, toF32(l, nibble), scale), l.constant(1.0f / 16.0f));
  }

  Value buildProduct(ProductBuilder &products, Location loc, Value rows,
                     const WeightValue &weight) const override {
    QuantizedRows x =
        products.quantize(loc, rows, dimOf(weight.values, 1) * kGroup,
                          chooseGroupLayout(products.kind));
    LinalgBuilder l(products.b, loc);
    return buildI4Product(l, products.kind, x, weight);
  }

protected:
  QuantGroup quantize(const float *x, const float *importance) const override {
    return quantizeI4(x, importance);
  }
  int64_t getOtherOffset() const override { return 8; }
  /// x86 multiplies an unsigned number with a signed one, which the input is.
  int64_t chooseOffset(TargetAttr target) const override {
    return target && getDotKind(target) == DotKind::Pairs ? 8 : 0;
  }
};

} // namespace

void registerI4Format(EkeDialect &dialect) {
  dialect.addFormat(std::make_unique<I4Format>());
}

} // namespace mlir::eke
