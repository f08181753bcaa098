//===- ActivationToLinalg.cpp - Activations and gates as linalg -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Products.h"
#include "passes/linalg/Activation.h"
#include "passes/linalg/Exponential.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::eke {

/// The activation of `x`, a scalar f32, inside a body.
static Value buildActivation(LinalgBuilder &b, Activation activation, Value x) {
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
    // Below -kMostExp it is as good as zero: a bounded number over a bounded one. A
    // NaN stays one.
    Value bounded = arith::MaximumFOp::create(o, loc, x, b.constant(-kMostExp));
    Value exp = buildExp(b, arith::NegFOp::create(o, loc, bounded));
    return arith::DivFOp::create(o, loc, bounded, add(b.constant(1.0f), exp));
  }
  case Activation::Gelu: {
    Value erf = math::ErfOp::create(o, loc, mul(x, b.constant(0.70710678f)));
    return mul(mul(x, b.constant(0.5f)), add(erf, b.constant(1.0f)));
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

Value buildSoftcap(LinalgBuilder &l, Value x, float cap) {
  Value small = mul(l, x, l.constant(1 / cap));
  return mul(l, math::TanhOp::create(l.b, l.loc, small), l.constant(cap));
}

static Value lowerGlu(GluOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  Value glu = lowering.buildElementwise(
      l, "glu",
      {lowering.getRows(l, op.getGate()), lowering.getRows(l, op.getUp())},
      l.b.getF32Type(), [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value gate = buildActivation(e, op.getActivation(), args[0]);
        return eke::mul(e, gate, args[1]);
      });
  return lowering.fromRows(l, glu, cast<RankedTensorType>(op.getType()));
}

static Value lowerActivate(ActivateOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  Value activated = lowering.buildElementwise(
      l, "activate", lowering.getRows(l, op.getInput()), l.b.getF32Type(),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return buildActivation(e, op.getActivation(), args[0]);
      });
  return lowering.fromRows(l, activated, cast<RankedTensorType>(op.getType()));
}

static Value lowerSoftcap(SoftcapOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  float cap = op.getCap().convertToFloat();
  Value capped = lowering.buildElementwise(
      l, "softcap", lowering.getRows(l, op.getInput()), l.b.getF32Type(),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        return buildSoftcap(e, args[0], cap);
      });
  return lowering.fromRows(l, capped, cast<RankedTensorType>(op.getType()));
}

void registerActivationToLinalg(DialectRegistry &registry) {
  addLowering<SoftcapOp, lowerSoftcap>(registry);
  addLowering<ActivateOp, lowerActivate>(registry);
  addLowering<GluOp, lowerGlu>(registry);
}

} // namespace mlir::eke
