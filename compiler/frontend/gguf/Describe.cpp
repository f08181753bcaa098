//===- Describe.cpp - From a GGUF file to a description -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `general.architecture` names a family; its values have keys that begin with that name:
// llama.block_count, llama.rope.freq_base.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/gguf/Describe.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/Layers.h"
#include "compiler/frontend/chat/ChatTemplate.h"
#include "compiler/frontend/gguf/Families.h"
#include "compiler/frontend/gguf/ModelValues.h"
#include "compiler/frontend/gguf/Rope.h"
#include "compiler/frontend/gguf/Tokenizer.h"
#include "compiler/frontend/gguf/Vocabulary.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

#include <cmath>

namespace mlir::eke {
namespace {

using proto::BlockTensors;

/// A tensor of a layer, and where a description names it and its bias.
struct LayerTensor {
  llvm::StringLiteral name;
  std::string *(BlockTensors::*weight)();
  std::string *(BlockTensors::*bias)();
};

constexpr LayerTensor matrices[] = {
    {"attn_q", &BlockTensors::mutable_query, &BlockTensors::mutable_query_bias},
    {"attn_k", &BlockTensors::mutable_key, &BlockTensors::mutable_key_bias},
    {"attn_v", &BlockTensors::mutable_value, &BlockTensors::mutable_value_bias},
    {"attn_output", &BlockTensors::mutable_output,
     &BlockTensors::mutable_output_bias},
    {"ffn_up", &BlockTensors::mutable_up, &BlockTensors::mutable_up_bias},
    {"ffn_down", &BlockTensors::mutable_down, &BlockTensors::mutable_down_bias},
};

constexpr LayerTensor gate[] = {
    {"ffn_gate", &BlockTensors::mutable_gate, &BlockTensors::mutable_gate_bias},
};

constexpr LayerTensor normsBefore[] = {
    {"attn_norm", &BlockTensors::mutable_attention_norm,
     &BlockTensors::mutable_attention_norm_bias},
    {"ffn_norm", &BlockTensors::mutable_feed_forward_norm,
     &BlockTensors::mutable_feed_forward_norm_bias},
};

constexpr LayerTensor normsBehind[] = {
    {"post_attention_norm", &BlockTensors::mutable_attention_post_norm,
     nullptr},
    {"post_ffw_norm", &BlockTensors::mutable_feed_forward_post_norm, nullptr},
};

constexpr LayerTensor normsOfSums[] = {
    {"attn_output_norm", &BlockTensors::mutable_attention_sum_norm,
     &BlockTensors::mutable_attention_sum_norm_bias},
    {"layer_output_norm", &BlockTensors::mutable_feed_forward_sum_norm,
     &BlockTensors::mutable_feed_forward_sum_norm_bias},
};

constexpr LayerTensor queryKeyNorms[] = {
    {"attn_q_norm", &BlockTensors::mutable_query_norm, nullptr},
    {"attn_k_norm", &BlockTensors::mutable_key_norm, nullptr},
};

/// The name of a layer's tensor or bias, with `{layer}` for its number.
std::string inLayer(llvm::StringRef name) {
  return ("blk.{layer}." + name).str();
}

/// The family that `general.architecture` names.
llvm::Expected<const GGUFFamily *> findFamily(const GGUFFile &file) {
  auto architecture = file.getMetadata().getText("general.architecture");
  if (!architecture)
    return architecture.takeError();
  if (!*architecture)
    return errorIn(file.getPath(), "'general.architecture' is missing");
  std::string known;
  for (const GGUFFamily &family : getGGUFFamilies()) {
    known += (known.empty() ? "" : ", ") + family.name.str();
    if (**architecture == family.name)
      return &family;
  }
  return errorIn(file.getPath(), "unknown architecture " +
                                     inQuotes(**architecture) + "; known are " +
                                     known);
}

/// Refuses what is no model, or not the whole of one.
llvm::Error checkKind(const GGUFFile &file) {
  const GGUFMetadata &values = file.getMetadata();
  auto type = values.getText("general.type");
  if (!type)
    return type.takeError();
  auto parts = values.getSize("split.count");
  if (!parts)
    return parts.takeError();
  if (*type && **type != "model")
    return errorIn(file.getPath(), "is of the type " + inQuotes(**type) +
                                       "; expected a 'model'");
  if (parts->value_or(1) > 1)
    return errorIn(file.getPath(),
                   "is one of " + llvm::Twine(**parts) +
                       " parts of a model; expected one file, which "
                       "'gguf-split --merge' makes");
  return llvm::Error::success();
}

/// Describes one file of a family.
class Describer {
public:
  Describer(const GGUFFile &file, const GGUFFamily &family)
      : file(file), family(family), values(file, family.name) {}

  llvm::Expected<proto::Model> describe() {
    refuseUnknown();
    readSizes();
    readLayers();
    readEnds();
    if (family.isEncoder)
      readEncoder();
    else
      readHead();
    llvm::Error errors = values.takeErrors();
    if (model.vocabulary().size())
      errors = llvm::joinErrors(
          std::move(errors),
          readVocabulary(file.getMetadata(), *model.mutable_vocabulary()));
    if (errors)
      return std::move(errors);
    return std::move(model);
  }

private:
  std::string quoteKey(llvm::StringRef name) {
    return inQuotes(values.keyOf(name));
  }

  /// Refuses what would change the result and has no place in a description.
  void refuseUnknown() {
    for (const auto &[key, value] : file.getMetadata().getValues()) {
      llvm::StringRef name = key;
      if (!name.consume_front(family.name) || !name.consume_front(".") ||
          isKnownValue(family, name))
        continue;
      std::optional<double> neutral = getNeutralValue(name);
      if (!neutral)
        values.fail(inQuotes(key) + " is not known, and may change what the "
                                    "model computes");
      else if (values.getAnyNumber(name) != *neutral && values.areRight({name}))
        values.fail(inQuotes(key) + " is not supported; expected " +
                    llvm::Twine(int64_t(*neutral)));
    }
  }

  void readSizes() {
    model.set_context(values.getSize("context_length"));
    model.set_width(values.getSize("embedding_length"));
    const StoredTensor *embedding = file.find("token_embd.weight");
    if (!embedding || embedding->shape.size() != 2 ||
        embedding->shape[0] > INT32_MAX)
      return values.fail("there is no matrix 'token_embd.weight'");
    uint32_t rows = embedding->shape[0];
    if (values.getSize("vocab_size", rows) != rows &&
        values.areRight({"vocab_size"}))
      values.fail(quoteKey("vocab_size") + " is not " + llvm::Twine(rows) +
                  ", the rows of 'token_embd.weight'");
    model.mutable_vocabulary()->set_size(rows);
  }

  uint32_t countLayers() {
    uint32_t layers = values.getSize("block_count");
    if (layers <= mostLayers)
      return layers;
    values.failAt("block_count", " is " + llvm::Twine(layers) +
                                     "; expected at most " +
                                     llvm::Twine(mostLayers));
    return 1;
  }

  /// The layers, and of which of two blocks each is: some have a window, or do not turn.
  void readLayers() {
    uint32_t layers = countLayers();
    proto::Block block = readBlock(layers), other;
    std::vector<unsigned> kinds(layers, 0);
    uint32_t window =
        family.hasWindows
            ? values.getCount("attention.sliding_window", family.window)
            : 0;
    if (family.unturnedPeriod) {
      other = withoutRope(block);
      for (uint32_t layer = 0; layer < layers; ++layer)
        kinds[layer] = (layer + 1) % family.unturnedPeriod == 0;
    } else if (window) {
      other = withWindow(block, window);
      if (block.attention().has_rope())
        *other.mutable_attention()->mutable_rope() = readWindowRope(block);
      kinds = findWindows(layers);
    }
    addLayers(model, {block, other}, kinds, nameTensors(block));
  }

  /// 1 for each layer that has a window: the file lists them, or all but the last of so
  /// many have one.
  std::vector<unsigned> findWindows(uint32_t layers) {
    constexpr llvm::StringLiteral name = "attention.sliding_window_pattern";
    std::vector<unsigned> kinds(layers, 0);
    if (std::optional<std::vector<bool>> flags = values.getFlags(name)) {
      if (flags->size() != layers && values.areRight({"block_count"}))
        values.fail(quoteKey(name) + " lists " + llvm::Twine(flags->size()) +
                    " layers; expected " + llvm::Twine(layers));
      flags->resize(layers);
      llvm::copy(*flags, kinds.begin());
      return kinds;
    }
    uint32_t period = values.getCount(name, family.windowPeriod);
    for (uint32_t layer = 0; layer < layers; ++layer)
      kinds[layer] = period == 0 || (layer + 1) % period != 0;
    return kinds;
  }

  proto::Block readBlock(uint32_t layers) {
    proto::Block block;
    block.set_name(family.isEncoder ? "layer" : "decoder");
    block.mutable_norm()->set_kind(family.norm);
    block.mutable_norm()->set_epsilon(values.getNumber(
        family.norm == proto::Norm::LAYER ? "attention.layer_norm_epsilon"
                                          : "attention.layer_norm_rms_epsilon",
        std::nullopt));
    proto::Attention &attention = *block.mutable_attention();
    readHeads(attention);
    uint32_t heads = attention.heads();
    if (layers == family.widerLayers)
      attention.set_scale(1 / std::sqrt(double(model.width()) / heads));
    if (family.capsScores)
      attention.set_softcap(
          values.getNumber("attn_logit_softcapping", family.scoreCap));
    if (!family.hasLearnedPositions)
      *attention.mutable_rope() =
          readGGUFRope(file, family, values, model, attention.head_dim());
    if (family.queryKeyNorm != proto::QueryKeyNorm::PART_UNSPECIFIED)
      attention.mutable_query_key_norm()->set_part(family.queryKeyNorm);

    proto::FeedForward &layer = *block.mutable_feed_forward();
    layer.set_hidden(values.getUniformSize("feed_forward_length"));
    layer.set_activation(family.activation);
    layer.set_gated(family.isGated);
    return block;
  }

  void readHeads(proto::Attention &attention) {
    uint32_t heads = values.getUniformSize("attention.head_count");
    attention.set_heads(heads);
    attention.set_kv_heads(
        values.getUniformSize("attention.head_count_kv", heads));
    if (!values.has("attention.key_length") && model.width() % heads &&
        values.areRight({"embedding_length", "attention.head_count"}))
      values.failAt("embedding_length",
                    " is not a multiple of the heads, and there is no " +
                        quoteKey("attention.key_length"));
    uint32_t size = values.getSize("attention.key_length",
                                   std::max(model.width() / heads, 1u));
    attention.set_head_dim(size);
    if (values.getSize("attention.value_length", size) != size &&
        values.areRight({"attention.value_length"}) && knowsHeads(values))
      values.fail(quoteKey("attention.value_length") + " is not " +
                  llvm::Twine(size) + ", the length of keys");
  }

  /// How they turn in layers with a window.
  proto::Rope readWindowRope(const proto::Block &block) {
    proto::Rope rope = block.attention().rope();
    double theta = family.windowTheta ? family.windowTheta : rope.theta();
    rope.set_theta(values.getNumber("rope.freq_base_swa", theta));
    if (!family.scalesWindows) {
      rope.clear_factors();
      rope.clear_magnitude();
    }
    return rope;
  }

  BlockTensors nameTensors(const proto::Block &block) {
    llvm::SmallVector<LayerTensor> slots(llvm::ArrayRef<LayerTensor>{matrices});
    if (family.isGated)
      slots.append(std::begin(gate), std::end(gate));
    if (family.hasNormsBefore)
      slots.append(std::begin(normsBefore), std::end(normsBefore));
    if (family.hasNormsBehind)
      slots.append(std::begin(normsBehind), std::end(normsBehind));
    if (family.isEncoder)
      slots.append(std::begin(normsOfSums), std::end(normsOfSums));
    if (family.queryKeyNorm != proto::QueryKeyNorm::PART_UNSPECIFIED)
      slots.append(std::begin(queryKeyNorms), std::end(queryKeyNorms));

    nameParts(block);
    BlockTensors tensors;
    for (const LayerTensor &slot : slots) {
      std::string weight = slot.name.str() + ".weight";
      *(tensors.*slot.weight)() = inLayer(weight);
      std::string bias = slot.name.str() + ".bias";
      if (slot.bias && hasInLayers(bias))
        *(tensors.*slot.bias)() = inLayer(bias);
    }
    return tensors;
  }

  /// Is there a tensor of this name in layers, or a part that is called so?
  bool hasInLayers(llvm::StringRef name) {
    return file.find(("blk.0." + name).str()) ||
           llvm::any_of(model.parts(), [&](const proto::Part &part) {
             return part.name() == inLayer(name);
           });
  }

  /// Names the parts of tensors that have the rows of several layers.
  void nameParts(const proto::Block &block) {
    const proto::Attention &attention = block.attention();
    uint32_t queries = attention.heads() * attention.head_dim();
    uint32_t keys = attention.kv_heads() * attention.head_dim();
    uint32_t hidden = block.feed_forward().hidden();
    for (llvm::StringRef kind : {".weight", ".bias"}) {
      auto part = [&](llvm::StringRef name, uint32_t rows) {
        return PartRows{inLayer((name + kind).str()), rows};
      };
      std::string joined = ("attn_qkv" + kind).str();
      if (hasInLayers(joined))
        addParts(model, inLayer(joined),
                 {part("attn_q", queries), part("attn_k", keys),
                  part("attn_v", keys)});
      if (family.hasGateInUp && hasInLayers(("ffn_up" + kind).str()))
        addParts(model, inLayer(("ffn_up" + kind).str()),
                 {part("ffn_gate", hidden), part("ffn_up", hidden)});
    }
  }

  /// The embedding before the blocks.
  void readEnds() {
    model.set_embedding("token_embd.weight");
    if (family.scalesEmbedding)
      model.set_embedding_scale(std::sqrt(double(model.width())));
    if (family.hasLearnedPositions)
      model.mutable_positions()->set_tensor("position_embd.weight");
  }

  /// What makes a vector of a text. Files do not say whether it is divided by its length;
  /// llama.cpp does so unless it is told otherwise.
  void readEncoder() {
    constexpr llvm::StringLiteral key = "pooling_type";
    constexpr unsigned mean = 1, first = 2;
    if (values.getFlag("attention.causal", false))
      values.fail(quoteKey("attention.causal") +
                  " is not supported; expected false");
    unsigned pooling = values.getCount(key, 0);
    if (pooling != mean && pooling != first)
      values.fail(quoteKey(key) + " is " + llvm::Twine(pooling) +
                  ", which is not supported; expected 1, the mean of the "
                  "tokens' vectors, or 2, that of the first token");
    proto::Encoder &encoder = *model.mutable_encoder();
    encoder.set_pooling(pooling == mean ? proto::Encoder::MEAN
                                        : proto::Encoder::FIRST);
    encoder.set_normalized(true);
    if (file.find("token_types.weight"))
      model.set_token_types("token_types.weight");
    model.set_embedding_norm("token_embd_norm.weight");
    model.set_embedding_norm_bias("token_embd_norm.bias");
  }

  void readHead() {
    *model.mutable_final_norm() = model.blocks(0).norm();
    model.set_final_norm_tensor("output_norm.weight");
    if (family.norm == proto::Norm::LAYER)
      model.set_final_norm_bias("output_norm.bias");
    if (family.capsLogits)
      model.set_logit_softcap(
          values.getNumber("final_logit_softcapping", family.logitCap));
    if (file.find("output.weight"))
      model.mutable_head()->set_tensor("output.weight");
    else
      model.mutable_head()->set_tied(true);
  }

  const GGUFFile &file;
  const GGUFFamily &family;
  ModelValues values;
  proto::Model model;
};

} // namespace

llvm::Expected<proto::Model> describeGGUF(const GGUFFile &file) {
  if (llvm::Error error = checkKind(file))
    return std::move(error);
  llvm::Expected<const GGUFFamily *> family = findFamily(file);
  if (!family)
    return family.takeError();
  return Describer(file, **family).describe();
}

/// The description of a file whose tensors may have types that are not supported.
static llvm::Error describeFile(const GGUFFile &file,
                                ModelDescription &description) {
  auto model = describeGGUF(file);
  if (!model)
    return model.takeError();
  description.model = std::move(*model);
  llvm::StringRef path = file.getPath();
  std::string name = llvm::sys::path::filename(path).str();
  description.model.set_name(makeModelName(llvm::sys::path::stem(path)));
  description.model.add_weight_files(name);
  if (hasTokenizer(file.getMetadata()))
    description.model.mutable_vocabulary()->set_tokenizer(name);
  return checkModel(description);
}

/// What is wrong with the tokenizer of a file that is wrong otherwise.
static llvm::Error checkTokenizer(const GGUFFile &file) {
  const StoredTensor *embedding = file.find("token_embd.weight");
  if (!embedding || embedding->shape.empty() ||
      embedding->shape[0] > mostTokens || !hasTokenizer(file.getMetadata()))
    return llvm::Error::success();
  return readGGUFTokenizer(file.getMetadata(), embedding->shape[0]).takeError();
}

llvm::Expected<ModelDescription> importGGUF(llvm::StringRef path,
                                            const ChatOptions &chat) {
  auto buffer = openInput(path);
  if (!buffer)
    return buffer.takeError();
  auto file = GGUFFile::parseAnyTypes(std::move(*buffer));
  if (!file)
    return file.takeError();
  ModelDescription description{
      {}, path.str(), llvm::sys::path::parent_path(path).str()};
  llvm::Error errors =
      llvm::joinErrors(describeFile(*file, description), file->checkTypes());
  if (errors)
    return llvm::joinErrors(std::move(errors), checkTokenizer(*file));
  if (!hasTokenizer(file->getMetadata()))
    printWarning(path + ": has no tokenizer: the program will take and give "
                        "numbers of tokens, no text");
  if (llvm::Error error = addChat(chat, description))
    return std::move(error);
  return description;
}

} // namespace mlir::eke
