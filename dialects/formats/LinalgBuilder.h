//===- LinalgBuilder.h - Short forms for linalg on tensors ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_LINALGBUILDER_H
#define EKE_DIALECTS_FORMATS_LINALGBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::eke {

/// One stage of an algorithm: its name and the names of its loops, outermost
/// first. A name that starts with `r` is a reduction loop.
struct Stage {
  StringRef name;
  SmallVector<StringRef> loops;
};

/// Builds linalg ops at one location. Every stage is named (`halide.stage`) and so
/// are its loops (`halide.vars`), because schedules refer to them.
class LinalgBuilder {
public:
  using Body = function_ref<Value(LinalgBuilder &, ValueRange)>;

  LinalgBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  /// linalg.generic over `stage.loops`. `maps` has one map for each input and, last,
  /// the output's. `init` holds the start of a reduction, or is null for a
  /// result that is written whole. `body` gets the inputs' elements and, for a
  /// reduction, the accumulator.
  Value generic(const Stage &stage, ValueRange inputs, ArrayRef<AffineMap> maps,
                RankedTensorType result, Value init, Body body);

  /// As `generic`, for a result that is written whole, into the tensor `into`,
  /// whose extents may be dynamic.
  Value into(const Stage &stage, ValueRange inputs, ArrayRef<AffineMap> maps,
             Value into, Body body);

  /// The same loops over operands of one shape.
  Value elementwise(StringRef name, ArrayRef<StringRef> loops,
                    ValueRange inputs, Type element, Body body);

  /// A tensor filled with `value`, as the start of a reduction.
  Value fill(RankedTensorType type, TypedAttr value);

  /// An affine map from the `loops` of a stage to these expressions of them.
  AffineMap map(unsigned loops, ArrayRef<AffineExpr> results);
  AffineExpr dim(unsigned index) { return b.getAffineDimExpr(index); }

  /// Reshapes that move no data; `groups` as in tensor.expand_shape.
  Value expand(Value tensor, ArrayRef<int64_t> shape,
               ArrayRef<SmallVector<int64_t>> groups);
  Value collapse(Value tensor, ArrayRef<SmallVector<int64_t>> groups);

  Value constant(float value);
  Value constant(Type integer, int64_t value);
  Value index(int64_t value);

  /// The index of a loop, inside a body.
  Value loopIndex(unsigned loop);
  /// The element of `tensor` at `indices`, inside a body.
  Value extract(Value tensor, ValueRange indices);

  OpBuilder &b;
  Location loc;

private:
  Value build(const Stage &stage, ValueRange inputs, ArrayRef<AffineMap> maps,
              Value init, bool reduces, Body body);
};

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_LINALGBUILDER_H
