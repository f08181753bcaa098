//===- BuildBlock.cpp - The body of a decoder block -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   h = x + output(attention(rope(query(n)), rope(key(n)), value(n)))
//                                          with n = attention_norm(x)
//   y = h + down(glu(gate(m), up(m)))      with m = feed_forward_norm(h)
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
  int64_t queries = attention.heads() * headDim;
  int64_t keys = attention.kv_heads() * headDim;
  int64_t hidden = block.feed_forward().hidden();
  // Attention does not see the order of a head's elements, if it is the same in queries
  // and keys: they are read in the one that the rotary embedding is computed in.
  bool isInterleaved = attention.rope().pairing() == proto::Rope::INTERLEAVED;
  int64_t order = isInterleaved ? headDim : 0;

  llvm::SmallVector<BlockTensor> tensors{
      {"attention_norm", names.attention_norm(), {width}},
      {"query", names.query(), {queries, width}, order},
      {"query_bias", names.query_bias(), {queries}, order},
      {"key", names.key(), {keys, width}, order},
      {"key_bias", names.key_bias(), {keys}, order},
      {"value", names.value(), {keys, width}},
      {"value_bias", names.value_bias(), {keys}},
      {"output", names.output(), {width, queries}},
      {"output_bias", names.output_bias(), {width}},
      {"feed_forward_norm", names.feed_forward_norm(), {width}},
      {"gate", names.gate(), {hidden, width}},
      {"gate_bias", names.gate_bias(), {hidden}},
      {"up", names.up(), {hidden, width}},
      {"up_bias", names.up_bias(), {hidden}},
      {"down", names.down(), {width, hidden}},
      {"down_bias", names.down_bias(), {width}}};
  llvm::erase_if(tensors, [](const BlockTensor &tensor) {
    return tensor.pattern.empty();
  });
  return tensors;
}

RankedTensorType cacheType(const proto::Block &block, int64_t context,
                           Builder &builder) {
  return RankedTensorType::get(
      {context, block.attention().kv_heads(), block.attention().head_dim()},
      builder.getF32Type());
}

RankedTensorType ropeTableType(const proto::Block &block, Builder &builder) {
  return RankedTensorType::get(
      {ShapedType::kDynamic, 2, block.attention().head_dim() / 2},
      builder.getF32Type());
}

namespace {

Activation activationOf(const proto::FeedForward &layer) {
  switch (layer.activation()) {
  case proto::FeedForward::GELU_TANH:
    return Activation::GeluTanh;
  case proto::FeedForward::RELU:
    return Activation::Relu;
  default: // checkModel leaves one
    return Activation::Silu;
  }
}

/// Builds the layers of one block's body.
class BodyBuilder {
public:
  BodyBuilder(OpBuilder &builder, Location loc, const proto::Block &block,
              BlockOp op, llvm::ArrayRef<BlockTensor> tensors)
      : builder(builder), loc(loc), block(block) {
    Block::BlockArgListType args = op.getBody().getArguments();
    input = args[0];
    position = args[1];
    table = args[2];
    for (auto [tensor, arg] : llvm::zip(tensors, args.drop_front(3)))
      weights[tensor.role] = arg;
    keyCache = args[args.size() - 2];
    valueCache = args[args.size() - 1];
  }

  /// Gives the result and the new caches.
  std::array<Value, 3> build() {
    Value hidden = add(input, attend(norm(input, "attention_norm")));
    Value result = add(hidden, feedForward(norm(hidden, "feed_forward_norm")));
    return {result, keyCache, valueCache};
  }

private:
  /// The location of the layer of this name. Dumps name values after it, and
  /// pipelines what they compute.
  Location named(llvm::StringRef layer) {
    return NameLoc::get(builder.getStringAttr(layer), loc);
  }

  Value norm(Value x, llvm::StringRef weight) {
    return NormOp::create(builder, named(weight), x.getType(), x,
                          weights.lookup(weight),
                          llvm::APFloat(float(block.norm().epsilon())));
  }

  /// The linear layer whose weight plays this role.
  Value linear(Value x, llvm::StringRef role) {
    Value weight = weights.lookup(role);
    int64_t outputs = cast<RankedTensorType>(weight.getType()).getDimSize(0);
    auto type = RankedTensorType::get({ShapedType::kDynamic, outputs},
                                      builder.getF32Type());
    return LinearOp::create(builder, named(role), type, x, weight,
                            weights.lookup((role + "_bias").str()));
  }

  Value rope(Value x) {
    return RopeOp::create(builder, x.getLoc(), x.getType(), x, table);
  }

  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, named("residual"), a, b);
  }

  Value attend(Value x) {
    const proto::Attention &attention = block.attention();
    Value query = rope(linear(x, "query"));
    Value key = rope(linear(x, "key"));
    Value value = linear(x, "value");
    float scale = 1 / std::sqrt(double(attention.head_dim()));
    Type types[] = {query.getType(), keyCache.getType(), valueCache.getType()};
    auto mixed = AttentionOp::create(builder, named("attention"), types, query,
                                     key, value, position, keyCache, valueCache,
                                     attention.heads(), attention.kv_heads(),
                                     llvm::APFloat(scale));
    keyCache = mixed.getNewKeyCache();
    valueCache = mixed.getNewValueCache();
    return linear(mixed.getResult(), "output");
  }

  Value feedForward(Value x) {
    const proto::FeedForward &layer = block.feed_forward();
    Activation activation = activationOf(layer);
    if (!layer.gated())
      return linear(ActivateOp::create(builder, named("activation"),
                                       linear(x, "up"), activation),
                    "down");
    Value gate = linear(x, "gate");
    Value up = linear(x, "up");
    return linear(GluOp::create(builder, named("glu"), gate, up, activation),
                  "down");
  }

  OpBuilder &builder;
  Location loc;
  const proto::Block &block;
  Value input, position, table;
  /// As they are by now.
  Value keyCache, valueCache;
  llvm::StringMap<Value> weights;
};

} // namespace

/// Gives every argument a location that names it.
static void nameArguments(BlockOp op, llvm::ArrayRef<BlockTensor> tensors) {
  llvm::SmallVector<llvm::StringRef> names{"x", "position", "rope_table"};
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
  llvm::SmallVector<Type> types{rows, builder.getIndexType(),
                                ropeTableType(block, builder)};
  for (const BlockTensor &tensor : tensors)
    types.push_back(RankedTensorType::get(tensor.shape, f32));
  Type cache = cacheType(block, model.context(), builder);
  types.append({cache, cache});

  auto op =
      BlockOp::create(builder, loc, block.name(),
                      builder.getFunctionType(types, {rows, cache, cache}),
                      /*weights=*/tensors.size(), /*states=*/2);
  nameArguments(op, tensors);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&op.getBody().front());
  YieldOp::create(builder, loc,
                  BodyBuilder(builder, loc, block, op, tensors).build());
  return op;
}

} // namespace mlir::eke
