//===- ConstantProduct.h - Products with constant weights -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_CONSTANTPRODUCT_H
#define EKE_PASSES_FORMAT_CONSTANTPRODUCT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace mlir::eke {

/// Another order of the dimensions of a weight, and a run of inputs beside each other.
struct Packing {
  /// The dimensions of the weight, outermost first, but for the last ones of the packed
  /// weight: the dimension that is cut in runs, if any, the channels, and the run.
  SmallVector<unsigned> outer;
  unsigned channels;
  std::optional<unsigned> inputs;
  /// The loop over `inputs`, the inputs of a run and how many are missing in the last.
  unsigned loop = 0;
  int64_t run = 1, missing = 0;
  /// Where the loops of the packed product find their weight.
  AffineMap weightMap;

  /// `map` over the loops of the packed product: the loop over inputs is one over runs,
  /// and there is a last one, inside of them.
  AffineMap split(AffineMap map) const;
};

/// A sum of products of data with a weight whose numbers are known.
struct ConstantProduct {
  /// Nothing if `op` is none: if a weight is no constant, or is read elsewhere than its
  /// loops say, or if integers are multiplied other than i8, less zero points.
  static std::optional<ConstantProduct> match(linalg::LinalgOp op);

  /// How the weight of integers is packed so that `run` products can be summed up at once
  /// for each of the channels. Nothing if no loop is one over channels, or over
  /// neighbouring inputs.
  std::optional<Packing> findPacking(int64_t run) const;

  /// The weight with its channels innermost; nothing if they are, or there are none.
  std::optional<Packing> findTransposition() const;

  DenseElementsAttr pack(const Packing &packing) const;

  /// The weight, whose last dimension is 1, without that.
  DenseElementsAttr withoutLastDim() const;

  /// The loops of the result along which weights differ, as a map from the result's
  /// dimensions, how many numbers there are along them, and the sum of the weights for
  /// each of these, modulo 2^32.
  AffineMap getChannelMap() const;
  SmallVector<int64_t> getChannelShape() const;
  int64_t countChannels() const;
  SmallVector<int32_t> sumWeights() const;

  mutable linalg::LinalgOp op; // its methods are not const
  OpOperand *data, *weight;
  bool isInteger = false;
  /// What stands for zero in the data, of integers.
  int64_t dataZero = 0;

private:
  std::optional<unsigned> findChannels() const;
  unsigned getLoop(unsigned weightDim) const;
};

/// The numbers, one for each place that `channelMap` maps to, that the tensor `start` of
/// i32 has the value of: of a fill, or of a constant that is spread by that map.
std::optional<SmallVector<int32_t>>
getStartNumbers(Value start, AffineMap channelMap, int64_t count);

} // namespace mlir::eke

#endif // EKE_PASSES_FORMAT_CONSTANTPRODUCT_H
