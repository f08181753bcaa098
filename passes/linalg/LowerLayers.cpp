//===- LowerLayers.cpp - Row-wise layers as linalg ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "passes/linalg/Exponential.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::eke {

/// Says which matrix of `op` has no format, or nothing if all have one.
static std::optional<RankedTensorType> findPlainMatrix(Operation *op) {
  auto user = dyn_cast<WeightUser>(op);
  if (!user)
    return std::nullopt;
  auto type =
      cast<RankedTensorType>(user.getCompressibleWeight().get().getType());
  return getFormat(type) ? std::nullopt : std::optional(type);
}

LogicalResult LayerLowering::lower(Operation *op) {
  if (std::optional<RankedTensorType> matrix = findPlainMatrix(op))
    return op->emitOpError("reads a matrix without format, ")
           << *matrix << "; run eke-choose-formats first";
  if (auto user = dyn_cast<WeightUser>(op))
    if (!weights.contains(user.getCompressibleWeight().get()))
      return op->emitOpError("reads a matrix that is no weight");
  Value result =
      llvm::TypeSwitch<Operation *, Value>(op)
          .Case([&](LinearOp op) { return lowerLinear(op); })
          .Case([&](EmbedOp op) { return lowerEmbed(op); })
          .Case([&](NormOp op) { return lowerNorm(op); })
          .Case([&](RopeTableOp op) { return lowerRopeTable(op); })
          .Case([&](RopeOp op) { return lowerRope(op); })
          .Case([&](AttentionOp op) { return lowerAttention(op); })
          .Case([&](GluOp op) { return lowerGlu(op); })
          .Case([&](ActivateOp op) { return lowerActivate(op); })
          .Case([&](FoldOp op) { return lowerFold(op); })
          .Case([&](UnfoldOp op) { return lowerUnfold(op); })
          .Case([&](ExitOp op) { return lowerExit(op); })
          .Case([&](tensor::ExtractSliceOp op) { return lowerSlice(op); })
          .Default([&](Operation *op) { return lowerElementwise(op); });
  if (!result)
    return op->emitOpError("has no lowering to linalg");
  tensors[op->getResult(0)] = result;
  return success();
}

Value LayerLowering::vectorOf(Value value) {
  auto weight = weights.find(value);
  return weight == weights.end() ? tensors.lookup(value)
                                 : weight->second.values;
}

Value LayerLowering::lowerNorm(NormOp op) {
  Location loc = op.getLoc();
  LinalgBuilder l(b, loc);
  Value x = tensors.lookup(op.getInput());
  auto type = cast<RankedTensorType>(op.getType());
  auto perRow = RankedTensorType::get({type.getDimSize(0)}, b.getF32Type());
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)}), row = l.map(2, {l.dim(0)});
  Value squares =
      l.generic({"squares", {"m", "rk"}}, x, {matrix, row}, perRow,
                l.fill(perRow, b.getF32FloatAttr(0)),
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  Value square =
                      arith::MulFOp::create(e.b, loc, args[0], args[0]);
                  return arith::AddFOp::create(e.b, loc, args[1], square);
                });
  float perColumn = 1.0f / type.getDimSize(1);
  float epsilon = op.getEpsilon().convertToFloat();
  Value scale = l.elementwise("rms", {"m"}, squares, b.getF32Type(),
                              [&](LinalgBuilder &e, ValueRange args) -> Value {
                                Value mean = arith::MulFOp::create(
                                    e.b, loc, args[0], e.constant(perColumn));
                                Value shifted = arith::AddFOp::create(
                                    e.b, loc, mean, e.constant(epsilon));
                                return math::RsqrtOp::create(e.b, loc, shifted);
                              });
  return l.generic({"norm", {"m", "k"}}, {x, scale, vectorOf(op.getWeight())},
                   {matrix, row, l.map(2, {l.dim(1)}), matrix}, type, {},
                   [&](LinalgBuilder &e, ValueRange args) -> Value {
                     Value unit =
                         arith::MulFOp::create(e.b, loc, args[0], args[1]);
                     return arith::MulFOp::create(e.b, loc, unit, args[2]);
                   });
}

Value buildActivation(LinalgBuilder &b, Activation activation, Value x) {
  OpBuilder &o = b.b;
  Location loc = b.loc;
  auto mul = [&](Value l, Value r) -> Value {
    return arith::MulFOp::create(o, loc, l, r);
  };
  auto add = [&](Value l, Value r) -> Value {
    return arith::AddFOp::create(o, loc, l, r);
  };
  switch (activation) {
  case Activation::Relu:
    return arith::MaximumFOp::create(o, loc, x, b.constant(0.0f),
                                     arith::FastMathFlags::nnan);
  case Activation::Silu: {
    Value negative = arith::NegFOp::create(o, loc, x);
    Value exp = buildExp(
        b, arith::MinimumFOp::create(o, loc, negative, b.constant(kMostExp),
                                     arith::FastMathFlags::nnan));
    return arith::DivFOp::create(o, loc, x, add(b.constant(1.0f), exp));
  }
  case Activation::GeluTanh: {
    Value cube = mul(mul(x, x), mul(x, b.constant(0.044715f)));
    Value inner = mul(add(x, cube), b.constant(0.7978845608028654f));
    Value tanh = math::TanhOp::create(o, loc, inner);
    return mul(mul(x, b.constant(0.5f)), add(tanh, b.constant(1.0f)));
  }
  }
  llvm_unreachable("unknown activation");
}

Value LayerLowering::collapseTiles(LinalgBuilder &l, Value tiles) {
  Value matrix = l.collapse(tiles, {{0}, {1, 2}});
  tilesOf[matrix] = tiles;
  return matrix;
}

Value LayerLowering::buildElementwise(LinalgBuilder &l, StringRef name,
                                      ValueRange inputs, Type element,
                                      LinalgBuilder::Body body) {
  auto tiled = llvm::find_if(
      inputs, [&](Value input) { return tilesOf.contains(input); });
  if (tiled == inputs.end())
    return l.elementwise(name, {"m", "k"}, inputs, element, body);
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(tilesOf.lookup(*tiled).getType()).getShape();
  auto tiles = llvm::map_to_vector(inputs, [&](Value input) {
    Value known = tilesOf.lookup(input);
    bool fits =
        known && cast<RankedTensorType>(known.getType()).getShape() == shape;
    return fits ? known : l.expand(input, shape, {{0}, {1, 2}});
  });
  return collapseTiles(
      l, l.elementwise(name, {"m", "no", "ni"}, tiles, element, body));
}

Value LayerLowering::lowerGlu(GluOp op) {
  LinalgBuilder l(b, op.getLoc());
  return buildElementwise(
      l, "glu", {tensors.lookup(op.getGate()), tensors.lookup(op.getUp())},
      b.getF32Type(), [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value gate = buildActivation(e, op.getActivation(), args[0]);
        return arith::MulFOp::create(e.b, op.getLoc(), gate, args[1]);
      });
}

Value LayerLowering::lowerActivate(ActivateOp op) {
  LinalgBuilder l(b, op.getLoc());
  return buildElementwise(
      l, "activate", tensors.lookup(op.getInput()), b.getF32Type(),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return buildActivation(e, op.getActivation(), args[0]);
      });
}

Value LayerLowering::lowerFold(FoldOp op) {
  LinalgBuilder l(b, op.getLoc());
  auto from = cast<RankedTensorType>(op.getInput().getType());
  auto to = cast<RankedTensorType>(op.getType());
  Value split =
      l.expand(tensors.lookup(op.getInput()),
               {from.getDimSize(0), int64_t(op.getFactor()), to.getDimSize(1)},
               {{0}, {1, 2}});
  return l.collapse(split, {{0, 1}, {2}});
}

Value LayerLowering::lowerUnfold(UnfoldOp op) {
  LinalgBuilder l(b, op.getLoc());
  auto from = cast<RankedTensorType>(op.getInput().getType());
  auto to = cast<RankedTensorType>(op.getType());
  Value split =
      l.expand(tensors.lookup(op.getInput()),
               {to.getDimSize(0), int64_t(op.getFactor()), from.getDimSize(1)},
               {{0, 1}, {2}});
  return l.collapse(split, {{0}, {1, 2}});
}

Value LayerLowering::lowerExit(ExitOp op) {
  remark::missed(op.getLoc(),
                 remark::RemarkOpts::name("ExitPassedBy").category("exit"))
      << remark::reason("plain decoding takes no exit");
  return tensors.lookup(op.getHidden());
}

/// Some columns of some rows, where they are.
Value LayerLowering::lowerSlice(tensor::ExtractSliceOp op) {
  if (op->getNumOperands() != 1 ||
      op.getSource().getType().getRank() != op.getType().getRank())
    return {};
  IRMapping mapping;
  mapping.map(op.getSource(), tensors.lookup(op.getSource()));
  return b.clone(*op, mapping)->getResult(0);
}

/// An arith or math op on tensors is a loop over the same op on elements.
Value LayerLowering::lowerElementwise(Operation *op) {
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1)
    return {};
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() != 2)
    return {};
  LinalgBuilder l(b, op->getLoc());
  SmallVector<Value> inputs;
  for (Value operand : op->getOperands()) {
    inputs.push_back(tensors.lookup(operand));
    if (!inputs.back() || inputs.back().getType() != operand.getType())
      return {};
  }
  return buildElementwise(
      l, op->getName().stripDialect(), inputs, type.getElementType(),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return e.b
            .create(op->getLoc(), op->getName().getIdentifier(), args,
                    type.getElementType(), op->getAttrs())
            ->getResult(0);
      });
}

} // namespace mlir::eke
