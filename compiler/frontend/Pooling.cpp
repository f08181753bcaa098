//===- Pooling.cpp - One vector of those of a text's tokens ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   mean[k]   = sum_{m < length} x[m, k] / length       or x[0, k]
//   vector[k] = mean[k] / max(sqrt(sum_k mean[k]^2), 1e-12)
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Pooling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {
namespace {

/// The shortest vector that is still divided by its own length.
constexpr float shortest = 1e-12f;

using Iterator = utils::IteratorType;
using Body = llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// A linalg.generic of one result.
Value generic(OpBuilder &builder, Location loc, ValueRange inputs, Value output,
              ArrayRef<AffineMap> maps, ArrayRef<Iterator> iterators,
              Body body) {
  return linalg::GenericOp::create(
             builder, loc, output.getType(), inputs, output, maps, iterators,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, body(b, loc, args));
             })
      .getResult(0);
}

Value constant(OpBuilder &builder, Location loc, float value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF32FloatAttr(value));
}

Value zeros(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape) {
  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, builder.getF32Type());
  return linalg::FillOp::create(builder, loc, constant(builder, loc, 0), empty)
      .getResult(0);
}

/// The sum of the first `length` rows.
Value sumRows(OpBuilder &builder, Location loc, Value x, Value length) {
  int64_t width = cast<RankedTensorType>(x.getType()).getDimSize(1);
  AffineMap all = builder.getMultiDimIdentityMap(2);
  AffineMap column = AffineMap::get(2, 0, builder.getAffineDimExpr(1));
  return generic(builder, loc, x, zeros(builder, loc, width), {all, column},
                 {Iterator::reduction, Iterator::parallel},
                 [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                   Value row = linalg::IndexOp::create(b, loc, 0);
                   Value isText = arith::CmpIOp::create(
                       b, loc, arith::CmpIPredicate::slt, row, length);
                   Value counted = arith::SelectOp::create(
                       b, loc, isText, args[0], constant(b, loc, 0));
                   return arith::AddFOp::create(b, loc, args[1], counted);
                 });
}

Value divideBy(OpBuilder &builder, Location loc, Value vector, Value length) {
  AffineMap identity = builder.getMultiDimIdentityMap(1);
  return generic(
      builder, loc, vector, vector, {identity, identity}, Iterator::parallel,
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value whole =
            arith::IndexCastOp::create(b, loc, b.getI32Type(), length);
        Value number = arith::SIToFPOp::create(b, loc, b.getF32Type(), whole);
        return arith::DivFOp::create(b, loc, args[0], number);
      });
}

/// The vector of the first row.
Value takeFirst(OpBuilder &builder, Location loc, Value x) {
  int64_t width = cast<RankedTensorType>(x.getType()).getDimSize(1);
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(
      builder, loc, RankedTensorType::get(width, builder.getF32Type()), x,
      ArrayRef<OpFoldResult>{zero, zero},
      ArrayRef<OpFoldResult>{one, builder.getIndexAttr(width)},
      ArrayRef<OpFoldResult>{one, one});
}

Value normalize(OpBuilder &builder, Location loc, Value vector) {
  AffineMap identity = builder.getMultiDimIdentityMap(1);
  AffineMap none = AffineMap::get(1, 0, builder.getContext());
  Value squares =
      generic(builder, loc, vector, zeros(builder, loc, {}), {identity, none},
              Iterator::reduction,
              [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                Value square = arith::MulFOp::create(b, loc, args[0], args[0]);
                return arith::AddFOp::create(b, loc, args[1], square);
              });
  return generic(builder, loc, {vector, squares}, vector,
                 {identity, none, identity}, Iterator::parallel,
                 [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                   Value length = math::SqrtOp::create(b, loc, args[1]);
                   Value divisor = arith::MaximumFOp::create(
                       b, loc, length, constant(b, loc, shortest));
                   return arith::DivFOp::create(b, loc, args[0], divisor);
                 });
}

} // namespace

Value addToRows(OpBuilder &builder, Location loc, Value x, Value vector) {
  AffineMap all = builder.getMultiDimIdentityMap(2);
  AffineMap column = AffineMap::get(2, 0, builder.getAffineDimExpr(1));
  return generic(builder, loc, {x, vector}, x, {all, column, all},
                 {Iterator::parallel, Iterator::parallel},
                 [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                   return arith::AddFOp::create(b, loc, args[0], args[1]);
                 });
}

Value buildPooling(OpBuilder &builder, Location loc,
                   const proto::Encoder &encoder, Value x, Value length) {
  Value vector =
      encoder.pooling() == proto::Encoder::FIRST
          ? takeFirst(builder, loc, x)
          : divideBy(builder, loc, sumRows(builder, loc, x, length), length);
  if (encoder.normalized())
    vector = normalize(builder, loc, vector);
  int64_t width = cast<RankedTensorType>(vector.getType()).getDimSize(0);
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get({1, width}, builder.getF32Type()),
      vector, ArrayRef<ReassociationIndices>{{0, 1}});
}

} // namespace mlir::eke
