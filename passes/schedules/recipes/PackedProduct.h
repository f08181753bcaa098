//===- PackedProduct.h - Products with weights in tiles ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The weights of a packed product lie in tiles of output channels, so its result is
// [rows, tiles, channels of a tile]. It is summed in up to three steps: parts, in
// numbers that the target multiplies well; the whole sums; and groups of inputs, each
// with a scale.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_RECIPES_PACKEDPRODUCT_H
#define EKE_PASSES_SCHEDULES_RECIPES_PACKEDPRODUCT_H

#include "passes/schedules/Classify.h"
#include "passes/schedules/ScheduleBuilder.h"

namespace mlir::eke {

/// A sum of a packed product, and what its loops are.
struct PackedSum : Stage {
  PackedSum(const SumChain &chain, unsigned index);

  /// Is there one loop for each dimension of the result?
  bool isComplete() const {
    return !rows.empty() && !tiles.empty() && !channels.empty();
  }

  StringRef rows, tiles, channels;
  /// What a further sum adds up, outermost first.
  SmallVector<StringRef> inner;
  /// What this one adds up, outermost first, and how often.
  SmallVector<StringRef> reductions;
  SmallVector<int64_t> counts;
};

/// What is known about a packed product.
struct PackedProduct {
  /// Nothing if `pipeline` is none.
  static std::optional<PackedProduct> match(ScheduleBuilder &b);

  bool manyRows() const { return stored.extents[0] > 1; }

  /// Tiles of output channels a task computes, if it pays to share them out, else
  /// 0. Tasks of one size: what is left over would be computed twice.
  int64_t getTilesPerTask(ScheduleBuilder &b) const;

  /// What is stored: the scaled sums, or what follows element by element, which
  /// computes the scaled ones where it is.
  Stage stored;
  StringRef rows, tiles, channels; // the loops of `stored`
  /// Two products side by side, whose stages are alike.
  llvm::StringMap<std::string> twins;
  SmallVector<PackedSum, 0> sums;
  bool isInteger = false;

private:
  explicit PackedProduct(const SumChain &chain);
  bool paysToShare(ScheduleBuilder &b) const;
};

/// Does the last cache hold all weights?
bool keepsWeightsInCache(ScheduleBuilder &b);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_RECIPES_PACKEDPRODUCT_H
