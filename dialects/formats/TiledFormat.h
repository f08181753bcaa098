//===- TiledFormat.h - Formats in tiles of channels -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_TILEDFORMAT_H
#define EKE_DIALECTS_FORMATS_TILEDFORMAT_H

#include "dialects/formats/Products.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

/// A format that packs `tile` output channels side by side, as `#eke.format` shows,
/// and has nothing else to choose. Others override what they choose.
class TiledFormat : public FormatInterface {
public:
  using FormatInterface::FormatInterface;

  FormatAttr choose(MLIRContext *context, TargetAttr target) const override {
    return FormatAttr::get(context, StringAttr::get(context, getName()),
                           getGroup(), chooseTile(target),
                           chooseOffset(target));
  }

  LogicalResult verify(function_ref<InFlightDiagnostic()> emitError,
                       int64_t group, int64_t offset) const override {
    if (group != getGroup())
      return emitError() << getName() << " expects group " << getGroup()
                         << ", got " << group;
    if (offset != 0 && offset != getOtherOffset())
      return emitError() << getName() << " expects offset 0"
                         << (getOtherOffset() ? " or 8" : "") << ", got "
                         << offset;
    return success();
  }

protected:
  /// How many inputs share a scale, or 0.
  virtual int64_t getGroup() const { return 0; }
  /// What stored numbers may be larger by, or 0.
  virtual int64_t getOtherOffset() const { return 0; }
  virtual int64_t chooseTile(TargetAttr) const { return 8; }
  virtual int64_t chooseOffset(TargetAttr) const { return 0; }

  /// One register of inputs serves all channels of a tile, so with a dot product,
  /// whose sums take few registers, 16 are better.
  static int64_t chooseIntegerTile(TargetAttr target) {
    return sumsQuads(getDotKind(target)) ? 16 : 8;
  }

  static int64_t countTiles(RankedTensorType type) {
    return llvm::divideCeil(type.getDimSize(0), eke::getFormat(type).getTile());
  }

  /// The tile of output channel `n`, and the place of `n` in it.
  static std::pair<Value, Value>
  splitChannel(LinalgBuilder &l, const WeightValue &weight, Value n) {
    int64_t tile = eke::getFormat(weight.type).getTile();
    return {divide(l, n, tile), remainder(l, n, tile)};
  }
};

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_TILEDFORMAT_H
