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

namespace {

/// The stages of one normalisation of the rows of a matrix.
struct NormBuilder {
  LinalgBuilder l;
  NormOp op;
  RankedTensorType matrixType, perRow;
  AffineMap matrix, row, column;

  NormBuilder(OpBuilder &builder, NormOp op, RankedTensorType type)
      : l(builder, op.getLoc()), op(op), matrixType(type),
        perRow(RankedTensorType::get({type.getDimSize(0)}, l.b.getF32Type())),
        matrix(l.map(2, {l.dim(0), l.dim(1)})), row(l.map(2, {l.dim(0)})),
        column(l.map(2, {l.dim(1)})) {}

  /// The sum over each row of what `term` makes of its elements.
  Value sumRows(StringRef name, Value x,
                llvm::function_ref<Value(LinalgBuilder &, Value)> term) {
    return l.generic({name, {"m", "rk"}}, x, {matrix, row}, perRow,
                     l.fill(perRow, l.b.getF32FloatAttr(0)),
                     [&](LinalgBuilder &e, ValueRange args) -> Value {
                       return add(e, args[1], term(e, args[0]));
                     });
  }

  float perColumn() const { return 1.0f / matrixType.getDimSize(1); }

  /// x - mean of its row
  Value center(Value x) {
    Value sums =
        sumRows("means", x, [](LinalgBuilder &, Value value) { return value; });
    return l.generic({"centered", {"m", "k"}}, {x, sums}, {matrix, row, matrix},
                     matrixType, {},
                     [&](LinalgBuilder &e, ValueRange args) -> Value {
                       Value mean = mul(e, args[1], e.constant(perColumn()));
                       return arith::SubFOp::create(e.b, e.loc, args[0], mean);
                     });
  }

  /// 1 / sqrt(mean of the squares of each row + epsilon)
  Value getScale(Value x) {
    Value squares = sumRows("squares", x, [](LinalgBuilder &e, Value value) {
      return mul(e, value, value);
    });
    float epsilon = op.getEpsilon().convertToFloat();
    return l.elementwise(
        "rms", {"m"}, squares, l.b.getF32Type(),
        [&](LinalgBuilder &e, ValueRange args) {
          Value mean = mul(e, args[0], e.constant(perColumn()));
          Value shifted = add(e, mean, e.constant(epsilon));
          return Value(math::RsqrtOp::create(e.b, e.loc, shifted));
        });
  }

  /// x * scale * weight + bias, of which the last two may be missing.
  Value apply(Value x, Value scale, Value weight, Value bias) {
    SmallVector<Value> inputs{x, scale};
    SmallVector<AffineMap> maps{matrix, row};
    for (Value vector : {weight, bias})
      if (vector) {
        inputs.push_back(vector);
        maps.push_back(column);
      }
    maps.push_back(matrix);
    return l.generic({"norm", {"m", "k"}}, inputs, maps, matrixType, {},
                     [&](LinalgBuilder &e, ValueRange args) -> Value {
                       Value norm = mul(e, args[0], args[1]);
                       if (weight)
                         norm = mul(e, norm, getFactor(e, args[2]));
                       return bias ? add(e, norm, toF32(e, args[3])) : norm;
                     });
  }

  Value getFactor(LinalgBuilder &e, Value weight) {
    Value factor = toF32(e, weight);
    return op.getPlusOne() ? add(e, e.constant(1.0f), factor) : factor;
  }
};

} // namespace

static Value lowerNorm(NormOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  Value x = lowering.getRows(l, op.getInput());
  int64_t rows = dimOf(x, 0), columns = dimOf(x, 1), groups = op.getGroups();
  if (groups > 1) // each part is a row of its own
    x = l.collapse(l.expand(x, {rows, groups, columns / groups}, {{0}, {1, 2}}),
                   {{0, 1}, {2}});
  NormBuilder norm(lowering.b, op, typeOf(x));
  auto find = [&](Value value) {
    return value ? lowering.tensors.lookup(value) : Value();
  };
  if (op.getCentered())
    x = norm.center(x);
  Value result =
      norm.apply(x, norm.getScale(x), find(op.getWeight()), find(op.getBias()));
  if (groups > 1)
    result = l.collapse(
        l.expand(result, {rows, groups, columns / groups}, {{0, 1}, {2}}),
        {{0}, {1, 2}});
  return lowering.fromRows(l, result, op.getType());
}

void registerNormToLinalg(DialectRegistry &registry) {
  addLowering<NormOp, lowerNorm>(registry);
}

} // namespace mlir::eke
