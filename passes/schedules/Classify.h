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

Step getStep(linalg::LinalgOp op, OpOperand &operand, unsigned loop);

/// The farthest step that an input of `op` takes along a loop.
Step getFarthestStep(linalg::LinalgOp op, unsigned loop);

/// Does `op` reduce by an operation that may be grouped in any way, as one that is known
/// to Halide: may a loop of it lie along the lanes of a vector?
bool isAssociative(linalg::LinalgOp op);

/// A pipeline that sums products, or takes the largest of a window, and then goes on
/// element by element: matrix products of any orientation, convolutions, pooling.
struct Contraction {
  linalg::LinalgOp op;
  /// What is stored behind it, null if that is the sums themselves.
  linalg::LinalgOp last;
  /// The loop of `op` for each dimension of its result.
  SmallVector<unsigned> resultLoops;
  /// The loops that reduce, outermost first.
  SmallVector<unsigned> reductionLoops;
};

/// The contraction that `pipeline` is, or nothing if it is something else.
std::optional<Contraction> matchContraction(halide::PipelineOp pipeline);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_CLASSIFY_H
