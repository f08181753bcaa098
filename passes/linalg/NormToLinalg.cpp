//===- NormToLinalg.cpp - Normalisation of rows as linalg -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Products.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::eke {

static Value lowerNorm(NormOp op, LayerLowering &lowering) {
  Location loc = op.getLoc();
  LinalgBuilder l(lowering.b, loc);
  Value x = lowering.getRows(l, op.getInput());
  RankedTensorType type = typeOf(x);
  Type f32 = l.b.getF32Type();
  auto perRow = RankedTensorType::get({type.getDimSize(0)}, f32);
  AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)}), row = l.map(2, {l.dim(0)});
  Value squares = l.generic({"squares", {"m", "rk"}}, x, {matrix, row}, perRow,
                            l.fill(perRow, l.b.getF32FloatAttr(0)),
                            [&](LinalgBuilder &e, ValueRange args) -> Value {
                              return add(e, args[1], mul(e, args[0], args[0]));
                            });
  float perColumn = 1.0f / type.getDimSize(1);
  float epsilon = op.getEpsilon().convertToFloat();
  Value scale = l.elementwise(
      "rms", {"m"}, squares, f32, [&](LinalgBuilder &e, ValueRange args) {
        Value mean = mul(e, args[0], e.constant(perColumn));
        Value shifted = add(e, mean, e.constant(epsilon));
        return Value(math::RsqrtOp::create(e.b, loc, shifted));
      });
  Value weight = lowering.tensors.lookup(op.getWeight());
  Value norm =
      l.generic({"norm", {"m", "k"}}, {x, scale, weight},
                {matrix, row, l.map(2, {l.dim(1)}), matrix}, type, {},
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  return mul(e, mul(e, args[0], args[1]), toF32(e, args[2]));
                });
  return lowering.fromRows(l, norm, op.getType());
}

void registerNormToLinalg(DialectRegistry &registry) {
  addLowering<NormOp, lowerNorm>(registry);
}

} // namespace mlir::eke
