//===- Classify.h - What kind of pipeline it is -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_CLASSIFY_H
#define EKE_PASSES_SCHEDULES_CLASSIFY_H

#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace mlir::eke {

/// How far an operand moves when a loop goes on by one: nowhere, to the next element in
/// memory, or elsewhere.
enum class Step { None, One, Far };

/// What `expr` grows by when dimension `loop` does, or nothing if that is not the same
/// everywhere.
std::optional<int64_t> getSlope(AffineExpr expr, unsigned loop);

Step getStep(linalg::LinalgOp op, OpOperand &operand, unsigned loop);

/// The farthest step that an input of `op` takes along a loop.
Step getFarthestStep(linalg::LinalgOp op, unsigned loop);

/// Does `op` reduce by an operation that may be grouped in any way, as one that is known
/// to Halide: may a loop of it lie along the lanes of a vector?
bool isAssociative(linalg::LinalgOp op);

/// A pipeline that sums products of two inputs or more, or takes the largest of a window,
/// and then goes on element by element. Sums may be summed on: in wider numbers, or
/// each with a scale. There may be a second chain like the first, whose results meet in
/// what follows.
struct SumChain {
  /// First to last.
  SmallVector<linalg::LinalgOp> sums;
  /// Those of the second chain, or none.
  SmallVector<linalg::LinalgOp> twins;
  /// What is stored behind them, null if that is the sums themselves.
  linalg::LinalgOp last;

  linalg::LinalgOp getStored() const { return last ? last : sums.back(); }
};

/// Are two ops over the same loops, and read and write alike?
bool areAlike(linalg::LinalgOp a, linalg::LinalgOp b);

/// The chain that `pipeline` is, or nothing if it is something else.
std::optional<SumChain> matchSumChain(halide::PipelineOp pipeline);

/// For each loop of `sums[index]`, the dimension of the chain's result that it is, or
/// nothing if it is summed up, there or further on.
SmallVector<std::optional<unsigned>> getResultDims(const SumChain &chain,
                                                   unsigned index);

/// Which of the two inputs of a product go along a loop.
enum class Side { Neither, Left, Right, Both };

/// `product` has two inputs that are tensors.
Side getSide(linalg::LinalgOp product, unsigned loop);

/// One sum of static shape: matrix products of any orientation, convolutions, pooling.
struct Contraction {
  linalg::LinalgOp op;
  /// What is stored behind it, null if that is the sums themselves.
  linalg::LinalgOp last;
  /// The loop of `op` for each dimension of its result.
  SmallVector<unsigned> resultLoops;
  /// The loops that reduce, outermost first.
  SmallVector<unsigned> reductionLoops;
  /// A second sum like `op`, or null.
  linalg::LinalgOp twin;
};

/// The contraction that `pipeline` is, or nothing if it is something else.
std::optional<Contraction> matchContraction(halide::PipelineOp pipeline);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_CLASSIFY_H
