//===- BuildBlock.cpp - The body of a decoder block -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   h = x + output(attention(rope(query(n)), rope(key(n)), value(n)))
//                                          with n = attention_norm(x)
//   y = h + down(glu(gate(m), up(m)))      with m = feed_forward_norm(h)
//
// Norms stand before each half of the block, behind it (before what it gives is added to
// x or h), both, or behind the sum; queries and keys may have norms of their own.
//
// Of a folded layer, x is folded in front of the first products, and what the last one gives
// is unfolded: all between has sub-tokens as its rows. Only rope() unfolds queries and keys
// for its while: side by side in a row, the heads of all sub-tokens turn by the token's angle.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/BuildBlock.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <array>
#include <cmath>

namespace mlir::eke {

llvm::SmallVector<BlockTensor> listTensors(const proto::Block &block,
                                           const proto::Stack &stack,
                                           int64_t width) {
  const proto::Attention &attention = block.attention();
  const proto::BlockTensors &names = stack.tensors();
  int64_t headDim = attention.head_dim();
  // Rows are sub-tokens, which have equal parts of everything.
  int64_t fold = getFold(attention), innerFold = getFold(block.feed_forward());
  int64_t queries = attention.heads() / fold * headDim;
  int64_t keys = attention.kv_heads() / fold * headDim;
  int64_t outer = width / fold, inner = width / innerFold;
  int64_t hidden = block.feed_forward().hidden() / innerFold;
  // Attention does not see the order of a head's elements, if it is the same in queries
  // and keys: they are read in the one that the rotary embedding is computed in.
  bool isInterleaved = attention.rope().pairing() == proto::Rope::INTERLEAVED;
  int64_t order = isInterleaved ? headDim : 0;

  bool perHead = attention.query_key_norm().part() == proto::QueryKeyNorm::HEAD;

  llvm::SmallVector<BlockTensor> tensors{
      {"attention_norm", names.attention_norm(), {width}},
      {"attention_norm_bias", names.attention_norm_bias(), {width}},
      {"query", names.query(), {queries, outer}, order},
      {"query_bias", names.query_bias(), {queries}, order},
      {"query_norm", names.query_norm(), {perHead ? headDim : queries}, order},
      {"key", names.key(), {keys, outer}, order},
      {"key_bias", names.key_bias(), {keys}, order},
      {"key_norm", names.key_norm(), {perHead ? headDim : keys}, order},
      {"value", names.value(), {keys, outer}},
      {"value_bias", names.value_bias(), {keys}},
      {"output", names.output(), {outer, queries}},
      {"output_bias", names.output_bias(), {outer}},
      {"attention_post_norm", names.attention_post_norm(), {width}},
      {"attention_sum_norm", names.attention_sum_norm(), {width}},
      {"attention_sum_norm_bias", names.attention_sum_norm_bias(), {width}},
      {"feed_forward_norm", names.feed_forward_norm(), {width}},
      {"feed_forward_norm_bias", names.feed_forward_norm_bias(), {width}},
      {"gate", names.gate(), {hidden, inner}},
      {"gate_bias", names.gate_bias(), {hidden}},
      {"up", names.up(), {hidden, inner}},
      {"up_bias", names.up_bias(), {hidden}},
      {"down", names.down(), {inner, hidden}},
      {"down_bias", names.down_bias(), {inner}},
      {"feed_forward_post_norm", names.feed_forward_post_norm(), {width}},
      {"feed_forward_sum_norm", names.feed_forward_sum_norm(), {width}},
      {"feed_forward_sum_norm_bias",
       names.feed_forward_sum_norm_bias(),
       {width}}};
  llvm::erase_if(tensors, [](const BlockTensor &tensor) {
    return tensor.pattern.empty();
  });
  return tensors;
}

RankedTensorType cacheType(const proto::Block &block, int64_t context,
                           Builder &builder) {
  const proto::Attention &attention = block.attention();
  int64_t fold = getFold(attention);
  return RankedTensorType::get(
      {context * fold, attention.kv_heads() / fold, attention.head_dim()},
      builder.getF32Type());
}

int64_t getRotatedDims(const proto::Attention &attention) {
  uint32_t dims = attention.rope().dims();
  return dims ? dims : attention.head_dim();
}

RankedTensorType ropeTableType(const proto::Block &block, Builder &builder) {
  return RankedTensorType::get(
      {ShapedType::kDynamic, 2, getRotatedDims(block.attention()) / 2},
      builder.getF32Type());
}

namespace {

Activation activationOf(const proto::FeedForward &layer) {
  switch (layer.activation()) {
  case proto::FeedForward::GELU_TANH:
    return Activation::GeluTanh;
  case proto::FeedForward::RELU:
    return Activation::Relu;
  case proto::FeedForward::GELU:
    return Activation::Gelu;
  default: // checkModel leaves one
    return Activation::Silu;
  }
}

/// Builds the layers of one block's body.
class BodyBuilder {
public:
  BodyBuilder(OpBuilder &builder, Location loc, const proto::Block &block,
              bool isEncoder, BlockOp op, llvm::ArrayRef<BlockTensor> tensors)
      : builder(builder), loc(loc), block(block) {
    Block::BlockArgListType args = op.getBody().getArguments();
    input = args[0];
    position = args[1];
    args = args.drop_front(2);
    if (block.attention().has_rope()) {
      table = args.front();
      args = args.drop_front();
    }
    if (isEncoder) {
      length = args.front();
      args = args.drop_front();
    }
    for (auto [tensor, arg] : llvm::zip(tensors, args))
      weights[tensor.role] = arg;
    keyCache = args[args.size() - 2];
    valueCache = args[args.size() - 1];
  }

  /// Gives the result and the new caches.
  std::array<Value, 3> build() {
    Value attended = attend(norm(input, "attention_norm"));
    Value hidden = norm(add(input, norm(attended, "attention_post_norm")),
                        "attention_sum_norm");
    Value changed = feedForward(norm(hidden, "feed_forward_norm"));
    Value result = norm(add(hidden, norm(changed, "feed_forward_post_norm")),
                        "feed_forward_sum_norm");
    return {result, keyCache, valueCache};
  }

private:
  /// The location of the layer of this name. Dumps name values after it, and
  /// pipelines what they compute.
  Location named(llvm::StringRef layer) {
    return NameLoc::get(builder.getStringAttr(layer), loc);
  }

  /// The norm whose scale plays this role; `x` if there is none.
  Value norm(Value x, llvm::StringRef role) {
    return weights.contains(role) ? normParts(x, role, 1) : x;
  }

  /// The same for each of `parts` parts of a row; without a scale it is 1.
  Value normParts(Value x, llvm::StringRef role, int64_t parts) {
    return buildNorm(builder, named(role), block.norm(), x,
                     weights.lookup(role),
                     weights.lookup((role + "_bias").str()), parts);
  }

  /// The norm of queries or keys, if it stands at this point.
  Value normHeads(Value x, llvm::StringRef role, int64_t heads,
                  bool afterRope) {
    const proto::Attention &attention = block.attention();
    const proto::QueryKeyNorm &norm = attention.query_key_norm();
    if (!attention.has_query_key_norm() || norm.after_rope() != afterRope)
      return x;
    bool perHead = norm.part() == proto::QueryKeyNorm::HEAD;
    return normParts(x, role, perHead ? heads : 1);
  }

  /// The linear layer whose weight plays this role.
  Value linear(Value x, llvm::StringRef role) {
    Value weight = weights.lookup(role);
    int64_t outputs = cast<RankedTensorType>(weight.getType()).getDimSize(0);
    return LinearOp::create(builder, named(role), rowsOf(outputs), x, weight,
                            weights.lookup((role + "_bias").str()));
  }

  /// A row of `columns` elements, of a number of rows that is not known yet.
  RankedTensorType rowsOf(int64_t columns) {
    return RankedTensorType::get({ShapedType::kDynamic, columns},
                                 builder.getF32Type());
  }

  static int64_t columnsOf(Value x) {
    return cast<RankedTensorType>(x.getType()).getDimSize(1);
  }

  /// Tokens as sub-tokens, and these as tokens again.
  Value fold(Value x, int64_t factor) {
    if (factor == 1)
      return x;
    return FoldOp::create(builder, named("fold"), rowsOf(columnsOf(x) / factor),
                          x, factor);
  }
  Value unfold(Value x, int64_t factor) {
    if (factor == 1)
      return x;
    return UnfoldOp::create(builder, named("unfold"),
                            rowsOf(columnsOf(x) * factor), x, factor);
  }

  Value rope(Value x, llvm::StringRef role) {
    if (!table)
      return x;
    int64_t factor = getFold(block.attention());
    int64_t headDim = block.attention().head_dim();
    bool isPartial = getRotatedDims(block.attention()) != headDim;
    Value tokens = unfold(x, factor);
    Value turned = RopeOp::create(
        builder, named(role), tokens.getType(), tokens, table,
        isPartial ? builder.getI64IntegerAttr(headDim) : IntegerAttr());
    return fold(turned, factor);
  }

  /// Queries or keys, normalised and turned.
  Value project(Value x, llvm::StringRef role, llvm::StringRef normRole,
                int64_t heads) {
    Value vectors = normHeads(linear(x, role), normRole, heads, false);
    return normHeads(rope(vectors, role), normRole, heads, true);
  }

  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, named("residual"), a, b);
  }

  Value attend(Value x) {
    const proto::Attention &attention = block.attention();
    int64_t factor = getFold(attention);
    int64_t heads = attention.heads() / factor;
    int64_t groups = attention.kv_heads() / factor;
    x = fold(x, factor);
    Value query = project(x, "query", "query_norm", heads);
    Value key = project(x, "key", "key_norm", groups);
    Value value = linear(x, "value");
    float scale = attention.scale()
                      ? attention.scale()
                      : 1 / std::sqrt(double(attention.head_dim()));
    IntegerAttr window;
    if (attention.window())
      window = builder.getI64IntegerAttr(attention.window());
    FloatAttr softcap;
    if (attention.softcap())
      softcap = builder.getF32FloatAttr(attention.softcap());
    Type types[] = {query.getType(), keyCache.getType(), valueCache.getType()};
    auto mixed = AttentionOp::create(
        builder, named("attention"), types, query, key, value, position,
        keyCache, valueCache, length, heads, groups, llvm::APFloat(scale),
        window, softcap, factor);
    keyCache = mixed.getNewKeyCache();
    valueCache = mixed.getNewValueCache();
    return unfold(linear(mixed.getResult(), "output"), factor);
  }

  Value feedForward(Value x) {
    int64_t factor = getFold(block.feed_forward());
    Value inner = innerFeedForward(fold(x, factor));
    return unfold(linear(inner, "down"), factor);
  }

  /// What `down` reads.
  Value innerFeedForward(Value x) {
    const proto::FeedForward &layer = block.feed_forward();
    Activation activation = activationOf(layer);
    if (!layer.gated())
      return ActivateOp::create(builder, named("activation"), linear(x, "up"),
                                activation);
    Value gate = linear(x, "gate");
    Value up = linear(x, "up");
    return GluOp::create(builder, named("glu"), gate, up, activation);
  }

  OpBuilder &builder;
  Location loc;
  const proto::Block &block;
  Value input, position, table;
  /// Of the text, in an encoder.
  Value length;
  /// As they are by now.
  Value keyCache, valueCache;
  llvm::StringMap<Value> weights;
};

} // namespace

Value buildNorm(OpBuilder &builder, Location loc, const proto::Norm &norm,
                Value x, Value scale, Value bias, int64_t parts) {
  return NormOp::create(builder, loc, x.getType(), x, scale, bias,
                        llvm::APFloat(float(norm.epsilon())), parts,
                        /*centered=*/norm.kind() == proto::Norm::LAYER,
                        /*plus_one=*/norm.plus_one() && scale);
}

/// Gives every argument a location that names it.
static void nameArguments(BlockOp op, bool hasTable, bool isEncoder,
                          llvm::ArrayRef<BlockTensor> tensors) {
  llvm::SmallVector<llvm::StringRef> names{"x", "position"};
  if (hasTable)
    names.push_back("rope_table");
  if (isEncoder)
    names.push_back("length");
  for (const BlockTensor &tensor : tensors)
    names.push_back(tensor.role);
  names.append({"key_cache", "value_cache"});
  Builder builder(op.getContext());
  for (auto [argument, name] : llvm::zip(op.getBody().getArguments(), names))
    argument.setLoc(NameLoc::get(builder.getStringAttr(name), op.getLoc()));
}

BlockOp buildBlock(OpBuilder &builder, Location loc, const proto::Model &model,
                   const proto::Block &block,
                   llvm::ArrayRef<BlockTensor> tensors) {
  auto f32 = builder.getF32Type();
  auto rows = RankedTensorType::get({ShapedType::kDynamic, model.width()}, f32);
  llvm::SmallVector<Type> types{rows, builder.getIndexType()};
  bool hasTable = block.attention().has_rope();
  if (hasTable)
    types.push_back(ropeTableType(block, builder));
  bool isEncoder = model.has_encoder();
  if (isEncoder)
    types.push_back(builder.getIndexType());
  for (const BlockTensor &tensor : tensors)
    types.push_back(RankedTensorType::get(tensor.shape, f32));
  Type cache = cacheType(block, model.context(), builder);
  types.append({cache, cache});

  auto op =
      BlockOp::create(builder, loc, block.name(),
                      builder.getFunctionType(types, {rows, cache, cache}),
                      /*weights=*/tensors.size(), /*states=*/2);
  nameArguments(op, hasTable, isEncoder, tensors);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&op.getBody().front());
  YieldOp::create(
      builder, loc,
      BodyBuilder(builder, loc, block, isEncoder, op, tensors).build());
  return op;
}

} // namespace mlir::eke
