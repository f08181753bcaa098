//===- RopeToLinalg.cpp - Rotary embedding as linalg ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

namespace mlir::eke {

static Value lowerRopeTable(RopeTableOp op, LayerLowering &lowering) {
  Location loc = op.getLoc();
  OpBuilder &b = lowering.b;
  LinalgBuilder l(b, loc);
  int64_t half = op.getHeadDim() / 2;
  double theta = op.getTheta().convertToDouble();
  std::optional<ArrayRef<double>> factors = op.getFactors();
  SmallVector<float> frequencies;
  for (int64_t i = 0; i < half; ++i)
    frequencies.push_back(std::pow(theta, -2.0 * i / op.getHeadDim()) *
                          (factors ? (*factors)[i] : 1));
  auto perPair = RankedTensorType::get({half}, b.getF32Type());
  Value frequency = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(perPair, ArrayRef<float>(frequencies)));
  Value position = lowering.tensors.lookup(op.getPosition());
  return l.generic(
      {"rope_table", {"m", "s", "i"}}, frequency,
      {l.map(3, {l.dim(2)}), b.getMultiDimIdentityMap(3)},
      cast<RankedTensorType>(op.getType()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value row = arith::AddIOp::create(e.b, loc, position, e.loopIndex(0));
        Value integer =
            arith::IndexCastOp::create(e.b, loc, e.b.getI32Type(), row);
        Value number =
            arith::SIToFPOp::create(e.b, loc, e.b.getF32Type(), integer);
        Value angle = arith::MulFOp::create(e.b, loc, number, args[0]);
        Value isCosine = arith::CmpIOp::create(
            e.b, loc, arith::CmpIPredicate::eq, e.loopIndex(1), e.index(0));
        Value cosine = math::CosOp::create(e.b, loc, angle);
        Value sine = math::SinOp::create(e.b, loc, angle);
        Value part = arith::SelectOp::create(e.b, loc, isCosine, cosine, sine);
        if (!op.getMagnitude())
          return part;
        float magnitude = op.getMagnitude()->convertToDouble();
        return arith::MulFOp::create(e.b, loc, part, e.constant(magnitude));
      });
}

/// Turns the pairs of `x`, [rows, heads, 2, half], by the angles of `table`.
static Value rotate(LinalgBuilder &l, Value x, Value table) {
  Location loc = l.loc;
  AffineMap identity = l.b.getMultiDimIdentityMap(4);
  return l.generic(
      {"rope", {"m", "h", "s", "i"}}, x, {identity, identity},
      cast<RankedTensorType>(x.getType()), {},
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value m = e.loopIndex(0), h = e.loopIndex(1), s = e.loopIndex(2);
        Value i = e.loopIndex(3);
        Value other = arith::SubIOp::create(e.b, loc, e.index(1), s);
        Value partner = e.extract(x, {m, h, other, i});
        Value cosine = e.extract(table, {m, e.index(0), i});
        Value sine = e.extract(table, {m, e.index(1), i});
        Value isFirst = arith::CmpIOp::create(
            e.b, loc, arith::CmpIPredicate::eq, s, e.index(0));
        Value sign = arith::SelectOp::create(
            e.b, loc, isFirst, e.constant(-1.0f), e.constant(1.0f));
        Value straight = arith::MulFOp::create(e.b, loc, args[0], cosine);
        Value turned = arith::MulFOp::create(e.b, loc, partner, sine);
        Value signedTurned = arith::MulFOp::create(e.b, loc, turned, sign);
        return arith::AddFOp::create(e.b, loc, straight, signedTurned);
      });
}

/// Rotates the first `2 half` elements of each head of `matrix`, and leaves the others.
static Value rotatePart(LinalgBuilder &l, Value matrix, Value table,
                        int64_t headDim, int64_t half) {
  int64_t rows = dimOf(matrix, 0), heads = dimOf(matrix, 1) / headDim;
  Value x = l.expand(matrix, {rows, heads, headDim}, {{0}, {1, 2}});
  auto list = [&](ArrayRef<int64_t> numbers) {
    return getAsIndexOpFoldResult(l.b.getContext(), numbers);
  };
  SmallVector<OpFoldResult> offsets = list({0, 0, 0}),
                            strides = list({1, 1, 1});
  SmallVector<OpFoldResult> sizes = list({rows, heads, 2 * half});
  Value part =
      tensor::ExtractSliceOp::create(l.b, l.loc, x, offsets, sizes, strides);
  Value pairs = l.expand(part, {rows, heads, 2, half}, {{0}, {1}, {2, 3}});
  Value rotated = l.collapse(rotate(l, pairs, table), {{0}, {1}, {2, 3}});
  Value all = tensor::InsertSliceOp::create(l.b, l.loc, rotated, x, offsets,
                                            sizes, strides);
  return l.collapse(all, {{0}, {1, 2}});
}

static Value lowerRope(RopeOp op, LayerLowering &lowering) {
  LinalgBuilder l(lowering.b, op.getLoc());
  Value matrix = lowering.tensors.lookup(op.getInput());
  Value table = lowering.tensors.lookup(op.getTable());
  int64_t half = dimOf(table, 2);
  if (op.getHeadDim() && int64_t(*op.getHeadDim()) > 2 * half)
    return rotatePart(l, matrix, table, *op.getHeadDim(), half);
  Value x = l.expand(matrix,
                     {dimOf(matrix, 0), dimOf(matrix, 1) / (2 * half), 2, half},
                     {{0}, {1, 2, 3}});
  return l.collapse(rotate(l, x, table), {{0}, {1, 2, 3}});
}

void registerRopeToLinalg(DialectRegistry &registry) {
  addLowering<RopeTableOp, lowerRopeTable>(registry);
  addLowering<RopeOp, lowerRope>(registry);
}

} // namespace mlir::eke
