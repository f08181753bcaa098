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

/// The output that `tensor` is the initial value of, if it is an argument of
/// the body for an operand of `outs`.
std::optional<unsigned> getOutIndex(Block &body, Value tensor);

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

} // namespace mlir::eke::halide

#endif // EKE_DIALECTS_HALIDE_EXPRESSIBLE_H
