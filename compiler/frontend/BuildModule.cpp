//===- BuildModule.cpp - A description becomes a module -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/BuildModule.h"

#include "compiler/frontend/BuildBlock.h"
#include "compiler/frontend/Input.h"
#include "compiler/frontend/ModelEnds.h"
#include "compiler/frontend/ModelWeights.h"
#include "compiler/frontend/Pooling.h"
#include "dialects/eke/Chat.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>

namespace mlir::eke {

/// Refuses what a description may say but the compiler cannot do.
static llvm::Error checkSupported(const ModelDescription &description) {
  llvm::Error errors = llvm::Error::success();
  auto refuse = [&](const llvm::Twine &what) {
    errors = llvm::joinErrors(
        std::move(errors),
        errorIn(description.file, "not supported by this compiler: " + what));
  };
  if (description.model.exits_size() > 1)
    refuse("more than one of 'exits'");
  return errors;
}

namespace {

/// A layer's tensors, bound to one block.
struct Layer {
  const proto::Block *block;
  llvm::SmallVector<WeightOp> weights;
};

/// The role of what gives embeddings of texts, EKE_ROLE_EMBED of the ABI.
constexpr llvm::StringLiteral embedRole = "embed";

/// Tokens that are drafted before they are verified, if nobody says how many.
constexpr int64_t usualDrafts = 3;

/// Rows between one and a chunk: each weight that was read is used so often, at
/// little more cost than once.
constexpr int64_t smallBatch = 4;

/// The rows of an encoder for the shortest texts, and the factor to those for longer ones.
constexpr int64_t shortText = 16;
constexpr int64_t textFactor = 4;

class ModuleBuilder {
public:
  ModuleBuilder(const ModelDescription &description, uint32_t chunk,
                bool embeds, ModuleOp module, ModelWeights &weights)
      : description(description), model(description.model),
        chunk(model.has_encoder() ? model.context()
                                  : std::min(chunk, model.context())),
        embeds(embeds), module(module), weights(weights),
        builder(OpBuilder::atBlockEnd(module.getBody())), loc(module.getLoc()),
        f32(builder.getF32Type()),
        rows(
            RankedTensorType::get({ShapedType::kDynamic, model.width()}, f32)) {
    for (const proto::Block &block : model.blocks())
      blocks[block.name()] = &block;
    for (const proto::Part &part : model.parts())
      parts[part.name()] = &part;
  }

  /// Weights, states, blocks, models: in the order in which they are read.
  llvm::Error build() {
    setLanguage();
    if (model.has_chat())
      setChat();
    // All that is wrong with the weights is said at once.
    llvm::Error errors = buildEnds();
    for (const proto::Stack &stack : model.stacks())
      errors = llvm::joinErrors(std::move(errors), buildLayers(stack));
    errors = llvm::joinErrors(std::move(errors), weights.checkAllUsed());
    if (errors)
      return errors;
    if (llvm::Error error = buildStates())
      return error;
    if (llvm::Error error = buildBlocks())
      return error;
    return model.has_encoder() ? buildEncoder() : buildDecoder();
  }

private:
  llvm::Error buildDecoder() {
    if (llvm::Error error = claim(kTrunkRole))
      return error;
    buildTrunk();
    if (llvm::Error error = claim(kHeadRole))
      return error;
    buildHead(kHeadRole, ends.finalNorm, ends.head, headCounts());
    if (embeds) {
      if (llvm::Error error = claim(embedRole))
        return error;
      buildEmbed();
    }
    if (!hasOwnHead())
      return llvm::Error::success();
    if (llvm::Error error = claim(kExitHeadRole))
      return error;
    buildHead(kExitHeadRole, ends.exitNorm, ends.exitHead, {1});
    return llvm::Error::success();
  }

  /// Takes the name of a symbol that is no weight. Tensors and blocks are named
  /// by who describes the model, so two symbols may want the same name.
  llvm::Error claim(llvm::StringRef name) {
    if (!weights.contains(name) && claimed.insert(name).second)
      return llvm::Error::success();
    return errorIn(description.file,
                   "two parts of the model have the name " + inQuotes(name));
  }

  void setLanguage() {
    const proto::Vocabulary &vocabulary = model.vocabulary();
    SmallVector<int64_t> last(vocabulary.eos().begin(), vocabulary.eos().end());
    module->setAttr(
        kLanguageAttr,
        LanguageAttr::get(
            builder.getContext(), vocabulary.size(), model.width(),
            model.context(), vocabulary.has_bos() ? vocabulary.bos() : -1ll,
            last.empty() ? DenseI64ArrayAttr()
                         : builder.getDenseI64ArrayAttr(last),
            chunk,
            /*runs=*/0, /*exit=*/0, /*drafts=*/0, {}, {}, {}, {}, {}));
  }

  void setChat() {
    const proto::Chat &chat = model.chat();
    ChatForm form{chat.start(), chat.after_user(), chat.after_assistant()};
    if (chat.has_system())
      form.aroundSystem = {chat.system().before(), chat.system().after()};
    form.trimsUser = chat.trimmed();
    form.trimsSystem = chat.system().trimmed();
    form.date = chat.date();
    module->setAttr(kChatAttr, getChatAttr(builder.getContext(), form));
  }

  /// The name of the part of a language model is also its role.
  void setRole(ModelOp op) {
    op->setAttr(kEntryAttr,
                EntryAttr::get(builder.getContext(), op.getSymNameAttr(),
                               Period(), {}, 0, {}, {}, 0));
  }

  /// The weights before and behind the blocks.
  llvm::Error buildEnds() {
    llvm::Expected<ModelEnds> found = getEnds(model, weights);
    if (!found)
      return found.takeError();
    ends = *found;
    return exit() && exit()->draft_tokens() ? buildDraftHead()
                                            : llvm::Error::success();
  }

  /// The first rows of the exit's head once more, in 4 bits.
  llvm::Error buildDraftHead() {
    constexpr llvm::StringLiteral name = "exit_head.weight";
    if (llvm::Error error = claim(name))
      return error;
    auto all = cast<PayloadAttr>(ends.exitHead.getPayloads()[0]);
    int64_t rows = exit()->draft_tokens();
    int64_t length = all.getLength() / model.vocabulary().size() * rows;
    auto payload = PayloadAttr::get(builder.getContext(), all.getFile(),
                                    all.getOffset(), length, all.getElement());
    ends.exitHead =
        WeightOp::create(builder, ends.exitHead.getLoc(), name,
                         RankedTensorType::get({rows, model.width()}, f32),
                         builder.getArrayAttr(payload), PlaceAttr());
    ends.exitHead->setAttr(
        kStorageAttr,
        StorageAttr::get(builder.getContext(), builder.getStringAttr("i4")));
    return llvm::Error::success();
  }

  llvm::Error buildLayers(const proto::Stack &stack) {
    llvm::Error errors = llvm::Error::success();
    const proto::Block *block = blocks.lookup(stack.block());
    for (uint64_t i = 0; i < stack.layers(); ++i) {
      uint64_t number = stack.first_layer() + i;
      Layer layer{block, {}};
      for (const BlockTensor &tensor :
           listTensors(*block, stack, model.width())) {
        auto weight = getWeight(tensor, number);
        if (weight)
          layer.weights.push_back(*weight);
        else
          errors = llvm::joinErrors(std::move(errors), weight.takeError());
      }
      runs.insert(runs.end(), std::max(stack.repeats(), 1u), layer);
    }
    return errors;
  }

  /// The weight of a layer that `tensor` describes: a tensor or a part of one.
  llvm::Expected<WeightOp> getWeight(const BlockTensor &tensor,
                                     uint64_t layer) {
    std::string name = nameIn(tensor.pattern, layer);
    std::string role = tensor.role.str() + " of layer " + std::to_string(layer);
    const proto::Part *part = parts.lookup(tensor.pattern);
    if (!part)
      return weights.get(name, tensor.shape, role, tensor.interleaved);
    return weights.getPart(
        name,
        {nameIn(part->tensor(), layer), part->first(), part->transposed()},
        tensor.shape, role, tensor.interleaved);
  }

  static std::string nameIn(llvm::StringRef pattern, uint64_t layer) {
    constexpr llvm::StringLiteral placeholder = "{layer}";
    std::string name;
    while (true) {
      auto [before, after] = pattern.split(placeholder);
      name += before;
      if (before.size() == pattern.size())
        return name;
      name += std::to_string(layer);
      pattern = after;
    }
  }

  static std::pair<std::string, std::string> cacheNames(size_t run) {
    std::string name = "kv" + std::to_string(run);
    return {name + ".k", name + ".v"};
  }

  llvm::Error buildStates() {
    for (auto [run, layer] : llvm::enumerate(runs)) {
      auto [keyName, valueName] = cacheNames(run);
      auto cache = cacheType(*layer.block, model.context(), builder);
      for (const std::string &name : {keyName, valueName}) {
        if (llvm::Error error = claim(name))
          return error;
        StateOp::create(builder, loc, name, cache, ElementsAttr(), PlaceAttr());
      }
    }
    return llvm::Error::success();
  }

  /// Builds the blocks that are used. Stacks of one block bring the same kinds
  /// of tensors, so that the first describes them all.
  llvm::Error buildBlocks() {
    for (const proto::Stack &stack : model.stacks()) {
      const proto::Block *block = blocks.lookup(stack.block());
      if (!built.insert(block).second)
        continue;
      if (llvm::Error error = claim(block->name()))
        return error;
      buildBlock(builder, loc, model, *block,
                 listTensors(*block, stack, model.width()));
    }
    return llvm::Error::success();
  }

  Value use(WeightOp weight) {
    return UseOp::create(builder, loc, weight.getTensorType(),
                         weight.getSymName());
  }

  Location named(llvm::StringRef layer) {
    return NameLoc::get(builder.getStringAttr(layer), loc);
  }

  void setNames(ModelOp op, llvm::ArrayRef<llvm::StringRef> inputs,
                llvm::StringRef output) {
    for (auto [index, name] : llvm::enumerate(inputs)) {
      op.setArgAttr(index, kNameAttr, builder.getStringAttr(name));
      op.getArgument(index).setLoc(named(name));
    }
    op.setResultAttr(0, kNameAttr, builder.getStringAttr(output));
  }

  /// The table of rotary angles of `block`; equal tables exist once.
  Value ropeTable(const proto::Block &block, Value x, Value position) {
    const proto::Rope &rope = block.attention().rope();
    int64_t dims = getRotatedDims(block.attention());
    Value &table =
        ropeTables[std::to_string(dims) + " " + rope.SerializeAsString()];
    if (table)
      return table;
    DenseF64ArrayAttr factors;
    if (!rope.factors().empty())
      factors = builder.getDenseF64ArrayAttr(
          llvm::ArrayRef(rope.factors().data(), rope.factors_size()));
    FloatAttr magnitude;
    if (rope.magnitude() && rope.magnitude() != 1)
      magnitude = builder.getF64FloatAttr(rope.magnitude());
    return table = RopeTableOp::create(
               builder, named("rope_table"), ropeTableType(block, builder), x,
               position, llvm::APFloat(rope.theta()), dims, factors, magnitude);
  }

  /// What a block takes besides weights and states.
  llvm::SmallVector<Value, 3> getInputs(const proto::Block &block, Value x,
                                        Value first, Value position) {
    llvm::SmallVector<Value, 3> inputs{x, position};
    if (block.attention().has_rope())
      inputs.push_back(ropeTable(block, first, position));
    if (length)
      inputs.push_back(length);
    return inputs;
  }

  /// The row counts below a chunk.
  llvm::SmallVector<int64_t, 3> smallCounts() const {
    if (chunk >= 2 * smallBatch)
      return {1, smallBatch};
    return {1};
  }

  /// The exit, or null.
  const proto::Exit *exit() const {
    return model.exits().empty() ? nullptr : &model.exits(0);
  }
  int64_t drafts() const {
    if (!exit() || exit()->policy() != proto::Exit::DRAFT)
      return 0;
    return exit()->drafts() ? exit()->drafts() : usualDrafts;
  }

  /// Has the exit another head than the model?
  bool hasOwnHead() const {
    return exit() &&
           (ends.exitNorm != ends.finalNorm || ends.exitHead != ends.head);
  }

  /// The head reads as many rows as are verified at once.
  llvm::SmallVector<int64_t, 3> headCounts() const {
    llvm::SmallVector<int64_t, 3> counts = smallCounts();
    if (drafts())
      llvm::append_range(counts, getVerifyRows(drafts()));
    llvm::sort(counts);
    counts.erase(llvm::unique(counts), counts.end());
    return counts;
  }

  Value buildExit(Value x) {
    return ExitOp::create(
        builder, named("exit"), rows, x,
        FlatSymbolRefAttr::get(builder.getContext(),
                               hasOwnHead() ? kExitHeadRole : kHeadRole),
        drafts() ? builder.getI64IntegerAttr(drafts()) : IntegerAttr(),
        drafts() ? FloatAttr()
                 : builder.getF32FloatAttr(float(exit()->threshold())),
        exit()->acceptance_rate() > 0
            ? builder.getF32FloatAttr(float(exit()->acceptance_rate()))
            : FloatAttr());
  }

  /// Run number `run` of a block, on caches of its own.
  Value buildApply(size_t run, const Layer &layer, ValueRange inputs) {
    auto [keys, values] = cacheNames(run);
    Type cache = cacheType(*layer.block, model.context(), builder);
    auto bound = llvm::map_to_vector(
        layer.weights, [&](WeightOp weight) { return use(weight); });
    Value caches[] = {ReadOp::create(builder, loc, cache, keys),
                      ReadOp::create(builder, loc, cache, values)};
    auto apply = ApplyOp::create(builder, loc, TypeRange{rows, cache, cache},
                                 layer.block->name(), inputs, bound, caches);
    WriteOp::create(builder, loc, apply.getResult(1), keys);
    WriteOp::create(builder, loc, apply.getResult(2), values);
    return apply.getResult(0);
  }

  /// What the first block reads.
  Value buildEmbedding(Value tokens, Value position) {
    FloatAttr scale;
    if (model.embedding_scale() && model.embedding_scale() != 1)
      scale = builder.getF32FloatAttr(model.embedding_scale());
    Value x = EmbedOp::create(builder, named("embedding"), rows, tokens,
                              use(ends.embedding), scale);
    if (ends.positions) {
      Value learned = EmbedPositionsOp::create(
          builder, named("positions"), rows, x, position, use(ends.positions));
      x = arith::AddFOp::create(builder, named("embedding"), x, learned);
    }
    if (ends.tokenTypes) {
      Value type = tensor::CollapseShapeOp::create(
          builder, loc, use(ends.tokenTypes),
          ArrayRef<ReassociationIndices>{{0, 1}});
      x = addToRows(builder, named("token_types"), x, type);
    }
    if (!ends.embeddingNorm)
      return x;
    return buildNorm(builder, named("embedding_norm"), model.blocks(0).norm(),
                     x, use(ends.embeddingNorm),
                     ends.embeddingBias ? use(ends.embeddingBias) : Value());
  }

  /// The row counts of an encoder, of which the last takes any text.
  llvm::SmallVector<int64_t> textCounts() const {
    llvm::SmallVector<int64_t> counts;
    for (int64_t count = shortText; count < model.context();
         count *= textFactor)
      counts.push_back(count);
    counts.push_back(model.context());
    return counts;
  }

  llvm::Error buildEncoder() {
    if (llvm::Error error = claim(kEncoderRole))
      return error;
    auto tokens =
        RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
    auto vector = RankedTensorType::get({1, model.width()}, f32);
    auto op = ModelOp::create(
        builder, loc, kEncoderRole,
        builder.getFunctionType({tokens, builder.getIndexType()}, vector),
        textCounts());
    setNames(op, {"tokens", "length"}, "vector");
    setRole(op);

    OpBuilder::InsertionGuard guard(builder);
    Block &body = op.getBody().front();
    builder.setInsertionPointToEnd(&body);
    length = body.getArgument(1);
    Value position = arith::ConstantIndexOp::create(builder, loc, 0);
    Value first = buildEmbedding(body.getArgument(0), position);
    Value x = first;
    for (auto [run, layer] : llvm::enumerate(runs))
      x = buildApply(run, layer, getInputs(*layer.block, x, first, position));
    YieldOp::create(
        builder, loc,
        buildPooling(builder, named("pooling"), model.encoder(), x, length));
    return llvm::Error::success();
  }

  void buildTrunk() {
    auto tokens =
        RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
    llvm::SmallVector<int64_t, 3> counts = smallCounts();
    if (chunk > 1)
      counts.push_back(chunk);
    auto op = ModelOp::create(
        builder, loc, kTrunkRole,
        builder.getFunctionType({tokens, builder.getIndexType()}, rows),
        counts);
    setNames(op, {"tokens", "position"}, "hidden");
    setRole(op);

    OpBuilder::InsertionGuard guard(builder);
    Block &body = op.getBody().front();
    builder.setInsertionPointToEnd(&body);
    Value position = body.getArgument(1);
    Value first = buildEmbedding(body.getArgument(0), position);
    for (const Layer &layer : runs)
      getInputs(*layer.block, first, first, position);
    Value x = first;
    for (auto [run, layer] : llvm::enumerate(runs)) {
      x = buildApply(run, layer, getInputs(*layer.block, x, first, position));
      if (exit() && exit()->after_run() == run + 1)
        x = buildExit(x);
    }
    YieldOp::create(builder, loc, x);
  }

  /// The final norm of a row, without the head.
  void buildEmbed() {
    auto op = ModelOp::create(builder, loc, embedRole,
                              builder.getFunctionType(rows, rows),
                              llvm::ArrayRef<int64_t>{1});
    setNames(op, {"hidden"}, "embedding");
    setRole(op);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&op.getBody().front());
    Value bias = ends.finalBias ? use(ends.finalBias) : Value();
    YieldOp::create(builder, loc,
                    buildNorm(builder, named("final_norm"), model.final_norm(),
                              op.getBody().getArgument(0), use(ends.finalNorm),
                              bias));
  }

  void buildHead(llvm::StringRef name, WeightOp norm, WeightOp weight,
                 llvm::ArrayRef<int64_t> counts) {
    auto logits = RankedTensorType::get(
        {ShapedType::kDynamic, weight.getTensorType().getDimSize(0)}, f32);
    auto op = ModelOp::create(builder, loc, name,
                              builder.getFunctionType(rows, logits), counts);
    setNames(op, {"hidden"}, "logits");
    setRole(op);

    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&op.getBody().front());
    Value bias = ends.finalBias && norm == ends.finalNorm ? use(ends.finalBias)
                                                          : Value();
    Value x = buildNorm(builder, named("final_norm"), model.final_norm(),
                        op.getBody().getArgument(0), use(norm), bias);
    Value y =
        LinearOp::create(builder, named(name), logits, x, use(weight), Value());
    if (model.logit_softcap())
      y = SoftcapOp::create(builder, named("softcap"), logits, y,
                            llvm::APFloat(float(model.logit_softcap())));
    YieldOp::create(builder, loc, y);
  }

  const ModelDescription &description;
  const proto::Model &model;
  const uint32_t chunk;
  const bool embeds;
  ModuleOp module;
  ModelWeights &weights;
  OpBuilder builder;
  Location loc;
  Type f32;
  RankedTensorType rows;
  llvm::StringMap<const proto::Block *> blocks;
  llvm::StringMap<const proto::Part *> parts;
  llvm::SmallPtrSet<const proto::Block *, 4> built;
  llvm::StringSet<> claimed;
  ModelEnds ends;
  /// Of the text, in an encoder.
  Value length;
  /// One entry per run of a block; runs of one layer are equal.
  std::vector<Layer> runs;
  /// By what they say.
  llvm::StringMap<Value> ropeTables;
};

} // namespace

/// The rows of the widest trunk: no more than there are positions.
static uint32_t chunkFor(const ModelDescription &description, uint32_t wanted) {
  uint32_t context = description.model.context();
  return std::clamp(wanted, 1u, std::max(context, 1u));
}

llvm::Expected<OwningOpRef<ModuleOp>>
buildModule(MLIRContext &context, const ModelDescription &description,
            uint32_t chunk, bool embeds, bool cuts) {
  if (llvm::Error error = checkModel(description))
    return std::move(error);
  if (llvm::Error error = checkSupported(description))
    return std::move(error);
  context.loadDialect<EkeDialect, arith::ArithDialect, linalg::LinalgDialect,
                      math::MathDialect, tensor::TensorDialect>();
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(FileLineColLoc::get(&context, description.file, 0, 0),
                       description.model.name());
  auto weights = ModelWeights::open(description, *module, cuts);
  if (!weights)
    return weights.takeError();
  if (llvm::Error error =
          ModuleBuilder(description, chunkFor(description, chunk), embeds,
                        *module, *weights)
              .build())
    return std::move(error);
  if (failed(verify(*module)))
    return errorIn(description.file, "gives a module that is not valid");
  return module;
}

} // namespace mlir::eke
