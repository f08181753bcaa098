//===- LowerAttention.cpp - Rotary embedding and attention as linalg ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops: m rows, g key-value heads, u query heads of one g, d elements of a head,
// j positions. The number of live positions is the only dynamic extent.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

namespace mlir::eke {

Value LayerLowering::lowerRopeTable(RopeTableOp op) {
  Location loc = op.getLoc();
  LinalgBuilder l(b, loc);
  int64_t half = op.getHeadDim() / 2;
  double theta = op.getTheta().convertToDouble();
  SmallVector<float> frequencies;
  for (int64_t i = 0; i < half; ++i)
    frequencies.push_back(std::pow(theta, -2.0 * i / op.getHeadDim()));
  auto perPair = RankedTensorType::get({half}, b.getF32Type());
  Value frequency = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(perPair, ArrayRef<float>(frequencies)));
  Value position = tensors.lookup(op.getPosition());
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
        return arith::SelectOp::create(e.b, loc, isCosine, cosine, sine);
      });
}

Value LayerLowering::lowerRope(RopeOp op) {
  Location loc = op.getLoc();
  LinalgBuilder l(b, loc);
  auto type = cast<RankedTensorType>(op.getType());
  Value table = tensors.lookup(op.getTable());
  int64_t half = cast<RankedTensorType>(table.getType()).getDimSize(2);
  int64_t rows = type.getDimSize(0), heads = type.getDimSize(1) / (2 * half);
  Value x = l.expand(tensors.lookup(op.getInput()), {rows, heads, 2, half},
                     {{0}, {1, 2, 3}});
  AffineMap identity = b.getMultiDimIdentityMap(4);
  Value rotated = l.generic(
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
  return l.collapse(rotated, {{0}, {1, 2, 3}});
}

namespace {

/// The parts of one attention, so that each step fits a screen.
struct AttentionBuilder {
  LinalgBuilder l;
  AttentionOp op;
  int64_t rows, groups, headsPerGroup, headDim, context;
  Value position;
  /// position + rows, the number of cache entries read.
  Value live;

  AttentionBuilder(OpBuilder &builder, AttentionOp op, Value position)
      : l(builder, op.getLoc()), op(op), position(position) {
    ArrayRef<int64_t> keys = op.getKeyCache().getType().getTensor().getShape();
    rows = cast<RankedTensorType>(op.getType()).getDimSize(0);
    groups = keys[0];
    headDim = keys[1];
    context = keys[2];
    headsPerGroup = op.getHeads() / groups;
    live = arith::AddIOp::create(l.b, l.loc, position, l.index(rows));
  }

  OpFoldResult attr(int64_t value) { return l.b.getIndexAttr(value); }

  /// The cache with `entry` written at the position along dimension `dim`.
  Value update(Value cache, Value entry, unsigned dim) {
    auto type = cast<RankedTensorType>(entry.getType());
    SmallVector<OpFoldResult> offsets(3, attr(0)), strides(3, attr(1)), sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(attr(size));
    offsets[dim] = position;
    auto tensorType = op.getKeyCache().getType().getTensor();
    if (dim == 0)
      tensorType = op.getValueCache().getType().getTensor();
    Value old = bufferization::ToTensorOp::create(
        l.b, l.loc, tensorType, cache, /*restrict=*/true, /*writable=*/true);
    Value updated = tensor::InsertSliceOp::create(l.b, l.loc, entry, old,
                                                  offsets, sizes, strides);
    auto store = bufferization::MaterializeInDestinationOp::create(
        l.b, l.loc, /*result=*/Type(), updated, cache);
    store.setWritable(true);
    return updated;
  }

  /// The entries [0, live) of `cache` along dimension `dim`.
  Value slice(Value tensor, unsigned dim) {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), attr(0));
    SmallVector<OpFoldResult> strides(type.getRank(), attr(1)), sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(attr(size));
    sizes[dim] = live;
    return tensor::ExtractSliceOp::create(l.b, l.loc, tensor, offsets, sizes,
                                          strides);
  }

  /// An uninitialised [rows, groups, headsPerGroup, live] inside a buffer for the
  /// whole context.
  Value emptyScores() {
    Value whole = tensor::EmptyOp::create(
        l.b, l.loc, ArrayRef<int64_t>{rows, groups, headsPerGroup, context},
        l.b.getF32Type());
    return slice(whole, 3);
  }

  /// [rows, groups * headDim] as [groups, headDim, rows].
  Value transposeKeys(Value key) {
    Value heads = l.expand(key, {rows, groups, headDim}, {{0}, {1, 2}});
    return l.generic(
        {"transpose", {"g", "d", "m"}}, heads,
        {l.map(3, {l.dim(2), l.dim(0), l.dim(1)}),
         l.b.getMultiDimIdentityMap(3)},
        RankedTensorType::get({groups, headDim, rows}, l.b.getF32Type()), {},
        [](LinalgBuilder &, ValueRange args) -> Value { return args[0]; });
  }

  Value scores(Value query, Value keys);
  std::pair<Value, Value> softmax(Value scores);
  Value weightedSum(Value weights, Value sums, Value values);
};

} // namespace

static constexpr float kMasked = -1e30f;

/// score[m, g, u, j] = scale * q . k, or kMasked where j is in the future of row m.
Value AttentionBuilder::scores(Value query, Value keys) {
  Location loc = l.loc;
  Value q =
      l.expand(query, {rows, groups, headsPerGroup, headDim}, {{0}, {1, 2, 3}});
  AffineExpr m = l.dim(0), g = l.dim(1), u = l.dim(2), j = l.dim(3);
  AffineExpr d = l.dim(4);
  Value empty = emptyScores();
  auto type = cast<RankedTensorType>(empty.getType());
  Value zero = l.constant(0.0f);
  Value start = linalg::FillOp::create(l.b, loc, zero, empty).getResult(0);
  Value products = l.generic(
      {"scores", {"m", "g", "u", "j", "rd"}}, {q, keys},
      {l.map(5, {m, g, u, d}), l.map(5, {g, d, j}), l.map(5, {m, g, u, j})},
      type, start, [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value product = arith::MulFOp::create(e.b, loc, args[0], args[1]);
        return arith::AddFOp::create(e.b, loc, args[2], product);
      });
  float scale = op.getScale().convertToFloat();
  AffineMap identity = l.b.getMultiDimIdentityMap(4);
  return l.into(
      {"mask", {"m", "g", "u", "j"}}, products, {identity, identity},
      emptyScores(), [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value last = arith::AddIOp::create(e.b, loc, position, e.loopIndex(0));
        Value isPast = arith::CmpIOp::create(
            e.b, loc, arith::CmpIPredicate::sle, e.loopIndex(3), last);
        Value scaled =
            arith::MulFOp::create(e.b, loc, args[0], e.constant(scale));
        return arith::SelectOp::create(e.b, loc, isPast, scaled,
                                       e.constant(kMasked));
      });
}

/// weight = exp(score - max_j score), and its sum over j.
std::pair<Value, Value> AttentionBuilder::softmax(Value scores) {
  Location loc = l.loc;
  auto perHead =
      RankedTensorType::get({rows, groups, headsPerGroup}, l.b.getF32Type());
  AffineMap all = l.b.getMultiDimIdentityMap(4);
  AffineMap head = l.map(4, {l.dim(0), l.dim(1), l.dim(2)});
  Value peak =
      l.generic({"peak", {"m", "g", "u", "rj"}}, scores, {all, head}, perHead,
                l.fill(perHead, l.b.getF32FloatAttr(kMasked)),
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  return arith::MaximumFOp::create(e.b, loc, args[0], args[1]);
                });
  Value weights =
      l.into({"exp", {"m", "g", "u", "j"}}, {scores, peak}, {all, head, all},
             emptyScores(), [&](LinalgBuilder &e, ValueRange args) -> Value {
               Value below = arith::SubFOp::create(e.b, loc, args[0], args[1]);
               return math::ExpOp::create(e.b, loc, below);
             });
  Value sums =
      l.generic({"sum", {"m", "g", "u", "rj"}}, weights, {all, head}, perHead,
                l.fill(perHead, l.b.getF32FloatAttr(0)),
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  return arith::AddFOp::create(e.b, loc, args[1], args[0]);
                });
  return {weights, sums};
}

/// out[m, g, u, d] = sum_j weight[m, g, u, j] * v[j, g, d] / sum[m, g, u].
Value AttentionBuilder::weightedSum(Value weights, Value sums, Value values) {
  Location loc = l.loc;
  auto type = RankedTensorType::get({rows, groups, headsPerGroup, headDim},
                                    l.b.getF32Type());
  AffineExpr m = l.dim(0), g = l.dim(1), u = l.dim(2), d = l.dim(3);
  AffineExpr j = l.dim(4);
  Value context = l.generic(
      {"context", {"m", "g", "u", "d", "rj"}}, {weights, values},
      {l.map(5, {m, g, u, j}), l.map(5, {j, g, d}), l.map(5, {m, g, u, d})},
      type, l.fill(type, l.b.getF32FloatAttr(0)),
      [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value product = arith::MulFOp::create(e.b, loc, args[0], args[1]);
        return arith::AddFOp::create(e.b, loc, args[2], product);
      });
  AffineMap identity = l.b.getMultiDimIdentityMap(4);
  Value normalized =
      l.generic({"normalize", {"m", "g", "u", "d"}}, {context, sums},
                {identity, l.map(4, {m, g, u}), identity}, type, {},
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  return arith::DivFOp::create(e.b, loc, args[0], args[1]);
                });
  return l.collapse(normalized, {{0}, {1, 2, 3}});
}

Value LayerLowering::lowerAttention(AttentionOp op) {
  AttentionBuilder attention(b, op, tensors.lookup(op.getPosition()));
  LinalgBuilder &l = attention.l;
  Value key = attention.transposeKeys(tensors.lookup(op.getKey()));
  Value value = l.expand(tensors.lookup(op.getValue()),
                         {attention.rows, attention.groups, attention.headDim},
                         {{0}, {1, 2}});
  Value keys =
      attention.update(states.lookup(op.getKeyCache()), key, /*dim=*/2);
  Value values =
      attention.update(states.lookup(op.getValueCache()), value, /*dim=*/0);
  Value scores =
      attention.scores(tensors.lookup(op.getQuery()), attention.slice(keys, 2));
  auto [weights, sums] = attention.softmax(scores);
  return attention.weightedSum(weights, sums, attention.slice(values, 0));
}

} // namespace mlir::eke
