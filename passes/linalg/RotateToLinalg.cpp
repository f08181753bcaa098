//===- RotateToLinalg.cpp - Rotations of rows as linalg -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   x [m, a, b] * inner [b, d] -> [m, a, d];   outer [a, c] * that -> [m, c, d]
//
// The factors of one part's matrix are constants; parts are rows.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Rotation.h"
#include "dialects/formats/Products.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

namespace {

/// `matrix`, or its transpose, as a constant of `size` rows.
Value makeFactor(LinalgBuilder &l, ArrayRef<float> matrix, int64_t size,
                 bool isTransposed) {
  SmallVector<float> elements(matrix);
  if (isTransposed)
    for (int64_t i = 0; i < size; ++i)
      for (int64_t j = 0; j < size; ++j)
        elements[j * size + i] = matrix[i * size + j];
  auto type = RankedTensorType::get({size, size}, l.b.getF32Type());
  return arith::ConstantOp::create(
      l.b, l.loc, DenseElementsAttr::get(type, ArrayRef(elements)));
}

/// result[m, i, j] = sum_r x[…] factor[…], at the indices that the loops m, i, j and r give.
Value contract(LinalgBuilder &l, const Stage &stage, Value x,
               ArrayRef<AffineExpr> xIndex, Value factor,
               ArrayRef<AffineExpr> factorIndex) {
  Value start = l.fill(typeOf(x), l.b.getF32FloatAttr(0));
  AffineMap result = l.map(4, {l.dim(0), l.dim(1), l.dim(2)});
  return l.generic(stage, {x, factor},
                   {l.map(4, xIndex), l.map(4, factorIndex), result}, typeOf(x),
                   start, [](LinalgBuilder &e, ValueRange args) -> Value {
                     return add(e, args[2], mul(e, args[0], args[1]));
                   });
}

/// result[m, a, d] = sum_r x[m, a, r] inner[r, d]
Value rotateInner(LinalgBuilder &l, Value x, Value inner) {
  AffineExpr m = l.dim(0), a = l.dim(1), d = l.dim(2), r = l.dim(3);
  return contract(l, {"rotate", {"m", "a", "d", "rb"}}, x, {m, a, r}, inner,
                  {r, d});
}

/// result[m, c, d] = sum_r x[m, r, d] outer[r, c]
Value rotateOuter(LinalgBuilder &l, Value x, Value outer) {
  AffineExpr m = l.dim(0), c = l.dim(1), d = l.dim(2), r = l.dim(3);
  return contract(l, {"mix", {"m", "c", "d", "ra"}}, x, {m, r, d}, outer,
                  {r, c});
}

} // namespace

static Value lowerRotate(RotateOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  auto type = cast<RankedTensorType>(op.getType());
  int64_t rows = type.getDimSize(0), parts = op.getParts();
  Rotation rotation(type.getDimSize(1) / parts);
  int64_t outer = rotation.getOuterSize(), inner = rotation.getInnerSize();
  Value x = lowering.getRows(l, op.getInput());
  // Parts without an outer factor are rows of the inner one.
  x = l.expand(x, {rows, parts * outer, inner}, {{0}, {1, 2}});
  if (inner > 1)
    x = rotateInner(l, x,
                    makeFactor(l, rotation.getInner(), inner, op.getInverse()));
  if (outer == 1)
    return l.collapse(x, {{0}, {1, 2}});
  if (parts > 1) {
    x = l.expand(x, {rows, parts, outer, inner}, {{0}, {1, 2}, {3}});
    x = l.collapse(x, {{0, 1}, {2}, {3}});
  }
  x = rotateOuter(l, x,
                  makeFactor(l, rotation.getOuter(), outer, op.getInverse()));
  if (parts > 1) {
    x = l.expand(x, {rows, parts, outer, inner}, {{0, 1}, {2}, {3}});
    x = l.collapse(x, {{0}, {1, 2}, {3}});
  }
  return l.collapse(x, {{0}, {1, 2}});
}

void registerRotateToLinalg(DialectRegistry &registry) {
  addLowering<RotateOp, lowerRotate>(registry);
}

} // namespace mlir::eke
