//===- AttentionToLinalg.cpp - Attention as linalg ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops: m rows, g key-value heads, u query heads of one g, d elements of a head,
// j positions. The number of live positions is the only dynamic extent. It is
// rounded up to whole vectors if the caches allow: what is in the future of a row
// has the weight zero, and so has what is before its window. Positions j are counted
// from the first that some row's window has. Folded, rows and positions are sub-tokens; what
// counts tokens is multiplied at the start.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Products.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/linalg/Activation.h"
#include "passes/linalg/Exponential.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

/// Positions read are a multiple of this if the context is: two vectors of f32.
static constexpr int64_t kMultiple = 8;

namespace {

/// The parts of one attention, so that each step fits a screen.
struct AttentionBuilder {
  LinalgBuilder l;
  AttentionOp op;
  RankedTensorType cacheType;
  int64_t rows, groups, headsPerGroup, headDim, context, fold;
  /// The cache entry of row 0.
  Value position;
  /// The number of entries that every row attends to; null: those up to its own.
  Value length;
  /// The first cache entry that is read; null: number 0.
  Value first;
  /// The number of cache entries read: up to position + rows, or more.
  Value live;
  /// What divides `live`.
  int64_t multiple;

  AttentionBuilder(OpBuilder &builder, AttentionOp op, Value position,
                   Value length)
      : l(builder, op.getLoc()), op(op), position(position), length(length) {
    cacheType = cast<RankedTensorType>(op.getKeyCache().getType());
    rows = cast<RankedTensorType>(op.getQuery().getType()).getDimSize(0);
    context = cacheType.getDimSize(0);
    groups = cacheType.getDimSize(1);
    headDim = cacheType.getDimSize(2);
    headsPerGroup = op.getHeads() / groups;
    multiple = context % kMultiple == 0 ? kMultiple : 1;
    fold = op.getFold();
    this->position = toEntries(position);
    if (length)
      this->length = toEntries(length);
    Value most = l.index((length ? 0 : rows) + multiple - 1);
    live = arith::AddIOp::create(l.b, l.loc,
                                 length ? this->length : this->position, most);
    live = roundDown(live);
    if (!op.getWindow() || int64_t(*op.getWindow()) >= context / fold)
      return;
    Value before = l.index((int64_t(*op.getWindow()) - 1) * fold);
    Value start = arith::SubIOp::create(l.b, l.loc, this->position, before);
    first = roundDown(arith::MaxSIOp::create(l.b, l.loc, start, l.index(0)));
    live = arith::SubIOp::create(l.b, l.loc, live, first);
  }

  /// The first cache entry of a token, or the entries of so many.
  Value toEntries(Value tokens) {
    if (fold == 1)
      return tokens;
    return arith::MulIOp::create(l.b, l.loc, tokens, l.index(fold));
  }

  Value roundDown(Value index) {
    if (multiple == 1)
      return index;
    return arith::AndIOp::create(l.b, l.loc, index, l.index(-multiple));
  }

  /// A stage one of whose loops is as long as `live`.
  Value overLive(Value stage) {
    if (multiple != 1)
      stage.getDefiningOp()->setAttr(halide::extentMultipleAttrName,
                                     l.b.getI64IntegerAttr(multiple));
    return stage;
  }

  OpFoldResult attr(int64_t value) { return l.b.getIndexAttr(value); }

  /// The cache with the heads of `rows` written at the position.
  Value update(Value cache, Value matrix) {
    Value entry = l.expand(matrix, {rows, groups, headDim}, {{0}, {1, 2}});
    if (cacheType.getElementType().isF16())
      entry = l.elementwise("narrow", {"m", "g", "d"}, entry, l.b.getF16Type(),
                            [](LinalgBuilder &e, ValueRange args) -> Value {
                              return arith::TruncFOp::create(
                                  e.b, e.loc, e.b.getF16Type(), args[0]);
                            });
    SmallVector<OpFoldResult> strides(3, attr(1));
    return tensor::InsertSliceOp::create(
        l.b, l.loc, entry, cache,
        ArrayRef<OpFoldResult>{position, attr(0), attr(0)},
        ArrayRef<OpFoldResult>{attr(rows), attr(groups), attr(headDim)},
        strides);
  }

  /// The `live` entries of `tensor` from the first, along dimension `dim`.
  Value slice(Value tensor, unsigned dim) {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), attr(0));
    SmallVector<OpFoldResult> strides(type.getRank(), attr(1)), sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(attr(size));
    sizes[dim] = live;
    if (first)
      offsets[dim] = first;
    return tensor::ExtractSliceOp::create(l.b, l.loc, tensor, offsets, sizes,
                                          strides);
  }

  /// An uninitialised [rows, groups, headsPerGroup, live, …]. Rows lie side by side,
  /// however few positions are live: so they fill whole pages.
  Value emptyScores(ArrayRef<int64_t> inner = {}) {
    SmallVector<OpFoldResult> shape{attr(rows), attr(groups),
                                    attr(headsPerGroup), live};
    for (int64_t size : inner)
      shape.push_back(attr(size));
    return tensor::EmptyOp::create(l.b, l.loc, shape, l.b.getF32Type());
  }

  /// zeros of that shape
  Value zeroScores(ArrayRef<int64_t> inner = {}) {
    Value zero = l.constant(0.0f);
    return linalg::FillOp::create(l.b, l.loc, zero, emptyScores(inner))
        .getResult(0);
  }

  Value products(Value query, Value keys);
  Value laneProducts(Value query, Value keys, int64_t lanes);
  Value isSeen(LinalgBuilder &e);
  Value scores(Value query, Value keys);
  std::pair<Value, Value> softmax(Value scores);
  Value weightedSum(Value weights, Value sums, Value values);
};

} // namespace

static constexpr float kMasked = -1e30f;

static Value accumulate(LinalgBuilder &e, Value sum, Value x, Value y) {
  return add(e, sum, mul(e, x, toF32(e, y)));
}

/// products[m, g, u, j] = q . k
Value AttentionBuilder::products(Value query, Value keys) {
  for (int64_t lanes : {8, 4})
    if (headDim % lanes == 0)
      return laneProducts(query, keys, lanes);
  Value q =
      l.expand(query, {rows, groups, headsPerGroup, headDim}, {{0}, {1, 2, 3}});
  AffineExpr m = l.dim(0), g = l.dim(1), u = l.dim(2), j = l.dim(3);
  AffineExpr d = l.dim(4);
  Value start = zeroScores();
  return overLive(l.generic(
      {"scores", {"m", "g", "u", "j", "rd"}}, {q, keys},
      {l.map(5, {m, g, u, d}), l.map(5, {j, g, d}), l.map(5, {m, g, u, j})},
      cast<RankedTensorType>(start.getType()), start,
      [](LinalgBuilder &e, ValueRange args) -> Value {
        return accumulate(e, args[2], args[0], args[1]);
      }));
}

/// The same in two steps: a vector of sums per product, which are then added up.
Value AttentionBuilder::laneProducts(Value query, Value keys, int64_t lanes) {
  Value q =
      l.expand(query, {rows, groups, headsPerGroup, headDim / lanes, lanes},
               {{0}, {1, 2, 3, 4}});
  AffineExpr m = l.dim(0), g = l.dim(1), u = l.dim(2), j = l.dim(3);
  AffineExpr lane = l.dim(4), d = l.dim(5);
  Value start = zeroScores({lanes});
  Value part = overLive(l.generic(
      {"part", {"m", "g", "u", "j", "lane", "rd"}}, {q, keys},
      {l.map(6, {m, g, u, d, lane}), l.map(6, {j, g, d * lanes + lane}),
       l.map(6, {m, g, u, j, lane})},
      cast<RankedTensorType>(start.getType()), start,
      [](LinalgBuilder &e, ValueRange args) -> Value {
        return accumulate(e, args[2], args[0], args[1]);
      }));
  Value sum = zeroScores();
  return overLive(
      l.generic({"scores", {"m", "g", "u", "j", "rlane"}}, part,
                {l.b.getMultiDimIdentityMap(5), l.map(5, {m, g, u, j})},
                cast<RankedTensorType>(sum.getType()), sum,
                [](LinalgBuilder &e, ValueRange args) -> Value {
                  return add(e, args[1], args[0]);
                }));
}

/// Does row m, in a body over [m, g, u, j], attend to entry j?
Value AttentionBuilder::isSeen(LinalgBuilder &e) {
  using Predicate = arith::CmpIPredicate;
  Location loc = l.loc;
  if (length)
    return arith::CmpIOp::create(e.b, loc, Predicate::slt, e.loopIndex(3),
                                 length);
  // The last entry of the row's own token.
  Value row = e.loopIndex(0);
  if (fold != 1) {
    Value token = arith::DivUIOp::create(e.b, loc, row, e.index(fold));
    Value before = arith::MulIOp::create(e.b, loc, token, e.index(fold));
    row = arith::AddIOp::create(e.b, loc, before, e.index(fold - 1));
  }
  Value last = arith::AddIOp::create(e.b, loc, position, row);
  if (!first)
    return arith::CmpIOp::create(e.b, loc, Predicate::sle, e.loopIndex(3),
                                 last);
  Value entry = arith::AddIOp::create(e.b, loc, first, e.loopIndex(3));
  Value isPast = arith::CmpIOp::create(e.b, loc, Predicate::sle, entry, last);
  Value outside = arith::SubIOp::create(
      e.b, loc, last, e.index(int64_t(*op.getWindow()) * fold));
  Value isInside =
      arith::CmpIOp::create(e.b, loc, Predicate::sgt, entry, outside);
  return arith::AndIOp::create(e.b, loc, isPast, isInside);
}

/// score[m, g, u, j] = scale * q . k, or kMasked where row m does not attend to j.
Value AttentionBuilder::scores(Value query, Value keys) {
  Location loc = l.loc;
  Value products = this->products(query, keys);
  float scale = op.getScale().convertToFloat();
  AffineMap identity = l.b.getMultiDimIdentityMap(4);
  return overLive(l.into(
      {"mask", {"m", "g", "u", "j"}}, products, {identity, identity},
      emptyScores(), [&](LinalgBuilder &e, ValueRange args) -> Value {
        Value isSeen = this->isSeen(e);
        Value scaled =
            arith::MulFOp::create(e.b, loc, args[0], e.constant(scale));
        if (op.getSoftcap())
          scaled = buildSoftcap(e, scaled, op.getSoftcap()->convertToFloat());
        return arith::SelectOp::create(e.b, loc, isSeen, scaled,
                                       e.constant(kMasked));
      }));
}

/// weight = exp(score - max_j score), and its sum over j.
std::pair<Value, Value> AttentionBuilder::softmax(Value scores) {
  Location loc = l.loc;
  auto perHead =
      RankedTensorType::get({rows, groups, headsPerGroup}, l.b.getF32Type());
  AffineMap all = l.b.getMultiDimIdentityMap(4);
  AffineMap head = l.map(4, {l.dim(0), l.dim(1), l.dim(2)});
  Value peak = overLive(
      l.generic({"peak", {"m", "g", "u", "rj"}}, scores, {all, head}, perHead,
                l.fill(perHead, l.b.getF32FloatAttr(kMasked)),
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  return arith::MaximumFOp::create(e.b, loc, args[0], args[1],
                                                   arith::FastMathFlags::nnan);
                }));
  Value weights = overLive(
      l.into({"exp", {"m", "g", "u", "j"}}, {scores, peak}, {all, head, all},
             emptyScores(), [&](LinalgBuilder &e, ValueRange args) -> Value {
               Value below = arith::SubFOp::create(e.b, loc, args[0], args[1]);
               return buildExp(e, below);
             }));
  Value sums = overLive(
      l.generic({"sum", {"m", "g", "u", "rj"}}, weights, {all, head}, perHead,
                l.fill(perHead, l.b.getF32FloatAttr(0)),
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  return arith::AddFOp::create(e.b, loc, args[1], args[0]);
                }));
  return {weights, sums};
}

/// out[m, g, u, d] = sum_j weight[m, g, u, j] * v[j, g, d] / sum[m, g, u].
Value AttentionBuilder::weightedSum(Value weights, Value sums, Value values) {
  Location loc = l.loc;
  auto type = RankedTensorType::get({rows, groups, headsPerGroup, headDim},
                                    l.b.getF32Type());
  AffineExpr m = l.dim(0), g = l.dim(1), u = l.dim(2), d = l.dim(3);
  AffineExpr j = l.dim(4);
  Value context = overLive(l.generic(
      {"context", {"m", "g", "u", "d", "rj"}}, {weights, values},
      {l.map(5, {m, g, u, j}), l.map(5, {j, g, d}), l.map(5, {m, g, u, d})},
      type, l.fill(type, l.b.getF32FloatAttr(0)),
      [](LinalgBuilder &e, ValueRange args) -> Value {
        return accumulate(e, args[2], args[0], args[1]);
      }));
  AffineMap identity = l.b.getMultiDimIdentityMap(4);
  Value normalized =
      l.generic({"normalize", {"m", "g", "u", "d"}}, {context, sums},
                {identity, l.map(4, {m, g, u}), identity}, type, {},
                [&](LinalgBuilder &e, ValueRange args) -> Value {
                  return arith::DivFOp::create(e.b, loc, args[0], args[1]);
                });
  return l.collapse(normalized, {{0}, {1, 2, 3}});
}

static SmallVector<Value> lowerAttention(AttentionOp op,
                                         LayerLowering &lowering) {
  DenseMap<Value, Value> &tensors = lowering.tensors;
  Value length = op.getLength() ? tensors.lookup(op.getLength()) : Value();
  AttentionBuilder attention(lowering.b, op, tensors.lookup(op.getPosition()),
                             length);
  Value keys = attention.update(tensors.lookup(op.getKeyCache()),
                                tensors.lookup(op.getKey()));
  Value values = attention.update(tensors.lookup(op.getValueCache()),
                                  tensors.lookup(op.getValue()));
  Value scores =
      attention.scores(tensors.lookup(op.getQuery()), attention.slice(keys, 0));
  auto [weights, sums] = attention.softmax(scores);
  Value result =
      attention.weightedSum(weights, sums, attention.slice(values, 0));
  return {result, keys, values};
}

void registerAttentionToLinalg(DialectRegistry &registry) {
  addLowering<AttentionOp, lowerAttention>(registry);
}

} // namespace mlir::eke
