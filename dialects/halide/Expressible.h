//===- Expressible.h - What Halide can express ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_HALIDE_EXPRESSIBLE_H
#define EKE_DIALECTS_HALIDE_EXPRESSIBLE_H

#include "dialects/halide/HalideDialect.h"

#include <optional>
#include <string>

namespace mlir::eke::halide {

/// Says why Halide cannot compile a pipeline or kernel with this body, or
/// nothing if it can. Passes ask before they leave a pipeline to codegen.
std::optional<std::string> whyNotHalide(Block &body);

inline std::optional<std::string> whyNotHalide(PipelineOp pipeline) {
  return whyNotHalide(pipeline.getBody().front());
}

/// Says why a linalg op can be no stage of any pipeline, or nothing: its types, what it
/// computes, or where it stores that.
std::optional<std::string> whyNotStage(Operation *linalgOp);

/// The output that `tensor` is the initial value of, if it is an argument of
/// the body for an operand of `outs`.
std::optional<unsigned> getOutIndex(Block &body, Value tensor);

/// A stage that reduces and is a result is stored by a stage of its own, called like it
/// with this behind, if the schedule speaks of that one.
inline constexpr llvm::StringLiteral storeSuffix = "_out";

/// The name of the stage that stores `result`, a result of the body, if it is reduced by
/// another one, which has a name: see `storeSuffix`. What adds to the contents of its
/// output has none.
std::optional<std::string> getStoreStage(Block &body, Value result);

/// The loops of a linalg op that the dimensions of its result are, if they are loops.
SmallVector<unsigned> getResultLoops(Value result);

/// Where the size of a dimension comes from: the constant `size`, or dimension
/// `dim` of `argument`, or the scalar `argument` itself if `dim` is negative.
struct DimSource {
  std::optional<int64_t> size;
  Value argument;
  int64_t dim = -1;
};

/// Finds the source of dimension `dim` of a tensor in a body, or nothing.
std::optional<DimSource> findDimSource(Value tensor, int64_t dim);

/// Finds the number of iterations of loop `loop` of a linalg op, or nothing.
std::optional<DimSource> findLoopExtent(Operation *linalgOp, unsigned loop);

/// Does `op` say (`fastmath<nnan>`) that nothing it takes or gives is NaN?
bool promisesNoNaNs(Operation *op);

/// What the largest and smallest numbers that the reductions of a body find are where
/// a number is NaN: not said, since an op promises that there is none; NaN
/// (arith.maximumf); or a number, if there is one (arith.maxnumf).
enum class Extrema { NoNaNs, NaNsWin, NumbersWin };

/// Halide has one for all reductions of a body, of which `whyNotHalide` has no
/// complaint.
Extrema findAccumulatedExtrema(Block &body);

} // namespace mlir::eke::halide

#endif // EKE_DIALECTS_HALIDE_EXPRESSIBLE_H
