//===- GroupFormat.h - Formats with a scale for 32 inputs -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_GROUPFORMAT_H
#define EKE_DIALECTS_FORMATS_GROUPFORMAT_H

#include "dialects/eke/Quants.h"
#include "dialects/formats/GroupProducts.h"
#include "dialects/formats/TiledFormat.h"

namespace mlir::eke {

/// A format whose groups of 32 inputs have scales of their own in f16, and numbers in as
/// many quads of bytes [quads][tile][4].
class GroupFormat : public TiledFormat {
public:
  GroupFormat(StringRef name, int64_t quads, int lowest, int highest,
              bool hasMinimum, float most)
      : TiledFormat(name), quads(quads), lowest(lowest), highest(highest),
        hasMinimum(hasMinimum), most(most) {}

  RankedTensorType getValuesType(RankedTensorType type) const override {
    return RankedTensorType::get({countTiles(type), countGroups(type), quads,
                                  eke::getFormat(type).getTile(), 4},
                                 IntegerType::get(type.getContext(), 8));
  }

  RankedTensorType getScalesType(RankedTensorType type) const override {
    SmallVector<int64_t> shape{countTiles(type), countGroups(type)};
    if (hasMinimum) // of the scales, then of the minima
      shape.push_back(2);
    shape.push_back(eke::getFormat(type).getTile());
    return RankedTensorType::get(shape, Float16Type::get(type.getContext()));
  }

  MacType getMacType() const override { return MacType::Int8; }

  double measureError(const SourceMatrix &source) const override;

  std::vector<QuantGroup> compensate(const SourceMatrix &source,
                                     ArrayRef<float> moments) const override;

  bool keeps(Type element) const override {
    auto quants = dyn_cast<QuantsType>(element);
    return quants && quants.getKind().isGroupOf(lowest, highest, hasMinimum);
  }

protected:
  /// The numbers that stand for 32, which matter as much as `importance` says, or all the
  /// same if it is null.
  virtual QuantGroup quantize(const float *x,
                              const float *importance) const = 0;

  int64_t getGroup() const override { return kGroup; }
  int64_t chooseTile(TargetAttr target) const override {
    return chooseIntegerTile(target);
  }

private:
  static int64_t countGroups(RankedTensorType type) {
    return llvm::divideCeil(type.getDimSize(1), kGroup);
  }

  /// Bytes of a group and channel are four times so many.
  const int64_t quads;
  /// The numbers that are stored as they are.
  const int lowest, highest;
  const bool hasMinimum;
  /// The largest number in magnitude that it holds.
  const float most;
};

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_GROUPFORMAT_H
