//===- LinalgBuilder.cpp - Short forms for linalg on tensors --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/LinalgBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

static utils::IteratorType iteratorOf(StringRef loop) {
  return loop.starts_with("r") ? utils::IteratorType::reduction
                               : utils::IteratorType::parallel;
}

Value LinalgBuilder::build(const Stage &stage, ValueRange inputs,
                           ArrayRef<AffineMap> maps, Value init, bool reduces,
                           Body body) {
  auto iterators = llvm::map_to_vector(stage.loops, iteratorOf);
  auto op = linalg::GenericOp::create(
      b, loc, init.getType(), inputs, init, maps, iterators,
      [&](OpBuilder &inner, Location, ValueRange args) {
        LinalgBuilder builder(inner, loc);
        Value element =
            body(builder, reduces ? args : args.take_front(inputs.size()));
        linalg::YieldOp::create(inner, loc, element);
      });
  op->setAttr("halide.stage", b.getStringAttr(stage.name));
  op->setAttr("halide.vars", b.getStrArrayAttr(stage.loops));
  return op.getResult(0);
}

Value LinalgBuilder::generic(const Stage &stage, ValueRange inputs,
                             ArrayRef<AffineMap> maps, RankedTensorType result,
                             Value init, Body body) {
  if (init)
    return build(stage, inputs, maps, init, /*reduces=*/true, body);
  Value empty = tensor::EmptyOp::create(b, loc, result.getShape(),
                                        result.getElementType());
  return build(stage, inputs, maps, empty, /*reduces=*/false, body);
}

Value LinalgBuilder::into(const Stage &stage, ValueRange inputs,
                          ArrayRef<AffineMap> maps, Value into, Body body) {
  return build(stage, inputs, maps, into, /*reduces=*/false, body);
}

Value LinalgBuilder::elementwise(StringRef name, ArrayRef<StringRef> loops,
                                 ValueRange inputs, Type element, Body body) {
  auto type = cast<RankedTensorType>(inputs[0].getType());
  SmallVector<AffineMap> maps(inputs.size() + 1,
                              b.getMultiDimIdentityMap(type.getRank()));
  return generic({name, llvm::to_vector(loops)}, inputs, maps,
                 RankedTensorType::get(type.getShape(), element), {}, body);
}

Value LinalgBuilder::fill(RankedTensorType type, TypedAttr value) {
  Value empty =
      tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  Value scalar = arith::ConstantOp::create(b, loc, value);
  return linalg::FillOp::create(b, loc, scalar, empty).getResult(0);
}

AffineMap LinalgBuilder::map(unsigned loops, ArrayRef<AffineExpr> results) {
  return AffineMap::get(loops, 0, results, b.getContext());
}

static SmallVector<ReassociationIndices>
toReassociation(ArrayRef<SmallVector<int64_t>> groups) {
  return llvm::map_to_vector(groups, [](ArrayRef<int64_t> group) {
    return ReassociationIndices(group.begin(), group.end());
  });
}

Value LinalgBuilder::expand(Value tensor, ArrayRef<int64_t> shape,
                            ArrayRef<SmallVector<int64_t>> groups) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return tensor::ExpandShapeOp::create(
      b, loc, RankedTensorType::get(shape, type.getElementType()), tensor,
      toReassociation(groups));
}

Value LinalgBuilder::collapse(Value tensor,
                              ArrayRef<SmallVector<int64_t>> groups) {
  return tensor::CollapseShapeOp::create(b, loc, tensor,
                                         toReassociation(groups));
}

Value LinalgBuilder::constant(float value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

Value LinalgBuilder::constant(Type integer, int64_t value) {
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(integer, value));
}

Value LinalgBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value LinalgBuilder::loopIndex(unsigned loop) {
  return linalg::IndexOp::create(b, loc, loop);
}

Value LinalgBuilder::extract(Value tensor, ValueRange indices) {
  return tensor::ExtractOp::create(b, loc, tensor, indices);
}

} // namespace mlir::eke
