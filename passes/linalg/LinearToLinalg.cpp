//===- LinearToLinalg.cpp - Linear layers as linalg -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Products.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

/// The first rows and columns of `matrix`.
static Value dropPadding(LinalgBuilder &l, Value matrix,
                         ArrayRef<int64_t> shape) {
  auto attrs = [&](int64_t row, int64_t column) {
    return SmallVector<OpFoldResult>{l.b.getIndexAttr(row),
                                     l.b.getIndexAttr(column)};
  };
  return tensor::ExtractSliceOp::create(l.b, l.loc, matrix, attrs(0, 0),
                                        attrs(shape[0], shape[1]), attrs(1, 1));
}

static Value lowerLinear(LinearOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  Value rows = lowering.getRows(l, op.getInput());
  const WeightValue &weight = lowering.weights.find(op.getWeight())->second;
  Value tiled = getFormat(weight.type)
                    .getInterface()
                    .buildProduct(lowering.products, op.getLoc(), rows, weight);
  Value result = lowering.collapseTiles(l, tiled);
  int64_t count = dimOf(rows, 0), width = weight.type.getDimSize(0);
  if (dimOf(result, 1) != width)
    result = dropPadding(l, result, {count, width});
  if (op.getBias()) {
    AffineMap matrix = l.map(2, {l.dim(0), l.dim(1)});
    result = l.generic({"bias", {"m", "n"}},
                       {result, lowering.tensors.lookup(op.getBias())},
                       {matrix, l.map(2, {l.dim(1)}), matrix},
                       RankedTensorType::get({count, width}, l.b.getF32Type()),
                       {}, [&](LinalgBuilder &e, ValueRange args) -> Value {
                         return add(e, args[0], toF32(e, args[1]));
                       });
  }
  return lowering.fromRows(l, result, op.getType());
}

void registerLinearToLinalg(DialectRegistry &registry) {
  addLowering<LinearOp, lowerLinear>(registry);
}

} // namespace mlir::eke
