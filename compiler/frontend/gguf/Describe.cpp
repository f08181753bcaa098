//===- Describe.cpp - From a GGUF file to a description -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `general.architecture` names a row of the table of families; its values have keys
// that begin with that name: llama.block_count, llama.rope.freq_base.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/gguf/Describe.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/gguf/Tokenizer.h"
#include "compiler/frontend/gguf/Vocabulary.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Path.h"

#include <cmath>

namespace mlir::eke {
namespace {

/// What files of an architecture have in common.
struct Family {
  llvm::StringLiteral name;
  /// Which elements of a head the rows of query and key have side by side.
  proto::Rope::Pairing pairing;
  proto::FeedForward::Activation activation;
  /// The norm of queries and keys; unspecified if there is none.
  proto::QueryKeyNorm::Part queryKeyNorm;
};

constexpr Family families[] = {
    {"llama", proto::Rope::INTERLEAVED, proto::FeedForward::SILU,
     proto::QueryKeyNorm::PART_UNSPECIFIED},
    {"qwen2", proto::Rope::HALVES, proto::FeedForward::SILU,
     proto::QueryKeyNorm::PART_UNSPECIFIED},
    {"qwen3", proto::Rope::HALVES, proto::FeedForward::SILU,
     proto::QueryKeyNorm::HEAD},
};

using proto::BlockTensors;

/// A tensor of a layer, and where a description names it and its bias.
struct LayerTensor {
  llvm::StringLiteral name;
  std::string *(BlockTensors::*weight)();
  std::string *(BlockTensors::*bias)();
};

constexpr LayerTensor layerTensors[] = {
    {"attn_norm", &BlockTensors::mutable_attention_norm, nullptr},
    {"attn_q", &BlockTensors::mutable_query, &BlockTensors::mutable_query_bias},
    {"attn_k", &BlockTensors::mutable_key, &BlockTensors::mutable_key_bias},
    {"attn_v", &BlockTensors::mutable_value, &BlockTensors::mutable_value_bias},
    {"attn_output", &BlockTensors::mutable_output,
     &BlockTensors::mutable_output_bias},
    {"ffn_norm", &BlockTensors::mutable_feed_forward_norm, nullptr},
    {"ffn_gate", &BlockTensors::mutable_gate, &BlockTensors::mutable_gate_bias},
    {"ffn_up", &BlockTensors::mutable_up, &BlockTensors::mutable_up_bias},
    {"ffn_down", &BlockTensors::mutable_down, &BlockTensors::mutable_down_bias},
};

/// Those of the norm of queries and keys.
constexpr LayerTensor queryKeyNorms[] = {
    {"attn_q_norm", &BlockTensors::mutable_query_norm, nullptr},
    {"attn_k_norm", &BlockTensors::mutable_key_norm, nullptr},
};

constexpr llvm::StringLiteral frequencies = "rope_freqs.weight";

/// Keys of an architecture that a description has a place for, or that change nothing.
constexpr llvm::StringLiteral knownKeys[] = {
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.layer_norm_rms_epsilon",
    "attention.value_length",
    "block_count",
    "context_length",
    "embedding_length",
    "feed_forward_length",
    "rope.dimension_count",
    "rope.freq_base",
    "rope.scaling.factor",
    "rope.scaling.finetuned",
    "rope.scaling.original_context_length",
    "rope.scaling.type",
    "tensor_data_layout",
    "vocab_size",
};

/// Keys that change nothing if they have this value.
struct NeutralKey {
  llvm::StringLiteral name;
  double value;
};
constexpr NeutralKey neutralKeys[] = {
    {"attention.sliding_window", 0}, {"expert_count", 0},
    {"expert_used_count", 0},        {"rope.scale_linear", 1},
    {"rope.scaling.attn_factor", 1},
};

/// Reads one file's values. Reading goes on after an error, with a default; the first
/// error is kept.
class Describer {
public:
  explicit Describer(const GGUFFile &file)
      : file(file), values(file.getMetadata()) {}

  llvm::Expected<proto::Model> describe() {
    if (llvm::Error error = checkKind())
      return std::move(error);
    refuseUnknown();
    readSizes();
    readBlock(*model.add_blocks());
    readStack(*model.add_stacks());
    readEnds();
    if (!firstError.empty())
      return errorIn(file.getPath(), firstError);
    if (llvm::Error error = readVocabulary(values, *model.mutable_vocabulary()))
      return std::move(error);
    return std::move(model);
  }

private:
  void fail(const llvm::Twine &what) {
    if (firstError.empty())
      firstError = what.str();
  }

  /// What a value is, or nothing if there is none or if it is of another type.
  template <typename T> std::optional<T> unwrap(GGUFMetadata::Result<T> value) {
    if (value)
      return *value;
    std::string message = llvm::toString(value.takeError());
    llvm::StringRef text = message;
    text.consume_front((file.getPath() + ": ").str());
    fail(text);
    return std::nullopt;
  }

  std::string keyOf(llvm::StringRef name) {
    return (family->name + "." + name).str();
  }

  uint32_t getSize(llvm::StringRef name, uint32_t fallback = 0) {
    std::string key = keyOf(name);
    std::optional<uint64_t> size = unwrap(values.getSize(key));
    if (!size && !fallback)
      fail(inQuotes(key) + " is missing");
    if (!size)
      return fallback ? fallback : 1;
    if (*size == 0 || *size > uint64_t(std::numeric_limits<int32_t>::max())) {
      fail(inQuotes(key) + " is no size; expected 1 to 2147483647");
      return 1;
    }
    return *size;
  }

  /// A size that some files list layer by layer.
  uint32_t getUniformSize(llvm::StringRef name, uint32_t fallback = 0) {
    std::string key = keyOf(name);
    const GGUFValue *value = values.find(key);
    if (!value || !value->isArray)
      return getSize(name, fallback);
    std::optional<std::vector<int64_t>> list = unwrap(values.getIntegers(key));
    if (!list || list->empty() || !llvm::all_equal(*list) ||
        list->front() <= 0 || list->front() > INT32_MAX) {
      fail(inQuotes(key) + " differs from layer to layer, which is not "
                           "supported");
      return 1;
    }
    return list->front();
  }

  double getNumber(llvm::StringRef name, std::optional<double> fallback) {
    std::string key = keyOf(name);
    std::optional<double> number = unwrap(values.getNumber(key));
    if (!number && !fallback)
      fail(inQuotes(key) + " is missing");
    return number.value_or(fallback.value_or(1));
  }

  /// Finds the row of the table.
  llvm::Error checkKind() {
    auto error = [&](const llvm::Twine &what) {
      return errorIn(file.getPath(), what);
    };
    auto type = values.getText("general.type");
    if (!type)
      return type.takeError();
    auto architecture = values.getText("general.architecture");
    if (!architecture)
      return architecture.takeError();
    auto parts = values.getSize("split.count");
    if (!parts)
      return parts.takeError();
    if (*type && **type != "model")
      return error("is of the type " + inQuotes(**type) +
                   "; expected a 'model'");
    if (parts->value_or(1) > 1)
      return error("is one of " + llvm::Twine(**parts) +
                   " parts of a model; expected one file, which 'gguf-split "
                   "--merge' makes");
    std::string known;
    for (const Family &each : families) {
      known += (known.empty() ? "" : ", ") + each.name.str();
      if (*architecture && **architecture == each.name)
        family = &each;
    }
    if (!*architecture)
      return error("'general.architecture' is missing");
    if (!family)
      return error("unknown architecture " + inQuotes(**architecture) +
                   "; known are " + known);
    return llvm::Error::success();
  }

  /// Refuses what would change the result and has no place in a description.
  void refuseUnknown() {
    for (const auto &[key, value] : values.getValues()) {
      llvm::StringRef name = key;
      if (!name.consume_front(family->name) || !name.consume_front(".") ||
          llvm::is_contained(knownKeys, name))
        continue;
      auto *neutral = llvm::find_if(neutralKeys, [&](const NeutralKey &each) {
        return each.name == name;
      });
      if (neutral == std::end(neutralKeys))
        fail(inQuotes(key) + " is not known, and may change what the model "
                             "computes");
      else if (numberOf(key) != neutral->value)
        fail(inQuotes(key) + " is not supported; expected " +
             llvm::Twine(int64_t(neutral->value)));
    }
  }

  /// An integer or a floating point number; NaN if it is something else.
  double numberOf(llvm::StringRef key) {
    if (auto size = values.getSize(key))
      return double(**size);
    else
      llvm::consumeError(size.takeError());
    std::optional<double> number = unwrap(values.getNumber(key));
    return number.value_or(std::nan(""));
  }

  void readSizes() {
    model.set_context(getSize("context_length"));
    model.set_width(getSize("embedding_length"));
    const StoredTensor *embedding = file.find("token_embd.weight");
    if (!embedding || embedding->shape.size() != 2 ||
        embedding->shape[0] > INT32_MAX)
      return fail("there is no matrix 'token_embd.weight'");
    uint32_t rows = embedding->shape[0];
    if (getSize("vocab_size", rows) != rows)
      fail(inQuotes(keyOf("vocab_size")) + " is not " + llvm::Twine(rows) +
           ", the rows of 'token_embd.weight'");
    model.mutable_vocabulary()->set_size(rows);
  }

  void readBlock(proto::Block &block) {
    block.set_name("decoder");
    block.mutable_norm()->set_epsilon(
        getNumber("attention.layer_norm_rms_epsilon", std::nullopt));
    proto::Attention &attention = *block.mutable_attention();
    uint32_t heads = getUniformSize("attention.head_count");
    attention.set_heads(heads);
    attention.set_kv_heads(getUniformSize("attention.head_count_kv", heads));
    std::string keyLength = keyOf("attention.key_length");
    if (!values.find(keyLength) && model.width() % heads)
      fail(inQuotes(keyOf("embedding_length")) +
           " is not a multiple of the heads, and there is no " +
           inQuotes(keyLength));
    uint32_t size =
        getSize("attention.key_length", std::max(model.width() / heads, 1u));
    attention.set_head_dim(size);
    if (getSize("attention.value_length", size) != size)
      fail(inQuotes(keyOf("attention.value_length")) + " is not " +
           llvm::Twine(size) + ", the length of keys");
    if (getSize("rope.dimension_count", size) != size)
      fail(inQuotes(keyOf("rope.dimension_count")) + " is not " +
           llvm::Twine(size) + ": heads turn in part, which is not supported");
    attention.mutable_rope()->set_pairing(family->pairing);
    attention.mutable_rope()->set_theta(getNumber("rope.freq_base", 10000));

    readScaling(*attention.mutable_rope(), size);
    if (family->queryKeyNorm != proto::QueryKeyNorm::PART_UNSPECIFIED)
      attention.mutable_query_key_norm()->set_part(family->queryKeyNorm);

    proto::FeedForward &layer = *block.mutable_feed_forward();
    layer.set_hidden(getUniformSize("feed_forward_length"));
    layer.set_activation(family->activation);
    layer.set_gated(true);
  }

  /// What rotations of heads of `size` elements are scaled by: one number, or one for
  /// each pair.
  void readScaling(proto::Rope &rope, uint32_t size) {
    std::string key = keyOf("rope.scaling.type");
    llvm::StringRef kind = unwrap(values.getText(key)).value_or("none");
    const StoredTensor *divisors = file.find(frequencies);
    if (kind != "none" && kind != "linear")
      return fail(inQuotes(key) + " is " + inQuotes(kind) +
                  ", which is not supported; expected none or linear");
    if (kind == "linear" && divisors)
      return fail("tensor " + inQuotes(frequencies) +
                  " scales positions a second time");
    double factor =
        kind == "linear" ? getNumber("rope.scaling.factor", std::nullopt) : 1;
    if (!(factor > 0) || std::isinf(factor))
      return fail(inQuotes(keyOf("rope.scaling.factor")) +
                  " is not a positive number");
    if (factor != 1)
      for (uint32_t pair = 0; pair < size / 2; ++pair)
        rope.add_factors(1 / factor);
    if (divisors)
      readDivisors(*divisors, size / 2, rope);
  }

  /// Frequencies are divided by the elements of the tensor.
  void readDivisors(const StoredTensor &tensor, uint32_t pairs,
                    proto::Rope &rope) {
    if (tensor.dtype != "F32" || tensor.shape.size() != 1 ||
        tensor.shape[0] != pairs)
      return fail("tensor " + inQuotes(tensor.name) + " is not " +
                  llvm::Twine(pairs) + " numbers of F32");
    const uint8_t *bytes = file.getBytes(tensor).data();
    for (uint32_t pair = 0; pair < pairs; ++pair) {
      float divisor = llvm::bit_cast<float>(
          llvm::support::endian::read32le(bytes + 4 * pair));
      if (!(divisor > 0) || std::isinf(divisor))
        return fail("tensor " + inQuotes(tensor.name) +
                    " has an element that is not a positive number");
      rope.add_factors(1 / double(divisor));
    }
    model.add_unused_tensors(tensor.name);
  }

  void readStack(proto::Stack &stack) {
    stack.set_block("decoder");
    stack.set_layers(getSize("block_count"));
    stack.set_repeats(1);
    proto::BlockTensors &tensors = *stack.mutable_tensors();
    llvm::SmallVector<LayerTensor> slots(
        llvm::ArrayRef<LayerTensor>{layerTensors});
    if (family->queryKeyNorm != proto::QueryKeyNorm::PART_UNSPECIFIED)
      slots.append(std::begin(queryKeyNorms), std::end(queryKeyNorms));
    for (const LayerTensor &slot : slots) {
      std::string name = ("blk.{layer}." + slot.name).str();
      *(tensors.*slot.weight)() = name + ".weight";
      if (slot.bias && file.find(("blk.0." + slot.name + ".bias").str()))
        *(tensors.*slot.bias)() = name + ".bias";
    }
  }

  /// The embedding before the blocks, the norm and head behind them.
  void readEnds() {
    model.set_embedding("token_embd.weight");
    model.mutable_final_norm()->set_epsilon(model.blocks(0).norm().epsilon());
    model.set_final_norm_tensor("output_norm.weight");
    if (file.find("output.weight"))
      model.mutable_head()->set_tensor("output.weight");
    else
      model.mutable_head()->set_tied(true);
  }

  const GGUFFile &file;
  const GGUFMetadata &values;
  const Family *family = nullptr;
  proto::Model model;
  std::string firstError;
};

} // namespace

llvm::Expected<proto::Model> describeGGUF(const GGUFFile &file) {
  return Describer(file).describe();
}

llvm::Expected<ModelDescription> importGGUF(llvm::StringRef path) {
  auto file = GGUFFile::open(path);
  if (!file)
    return file.takeError();
  auto model = describeGGUF(*file);
  if (!model)
    return model.takeError();
  std::string name = llvm::sys::path::filename(path).str();
  model->set_name(makeModelName(llvm::sys::path::stem(path)));
  model->add_weight_files(name);
  if (hasTokenizer(file->getMetadata()))
    model->mutable_vocabulary()->set_tokenizer(name);
  else
    printWarning(path + ": has no tokenizer: the program will take and give "
                        "numbers of tokens, no text");
  ModelDescription description{std::move(*model), path.str(),
                               llvm::sys::path::parent_path(path).str()};
  if (llvm::Error error = checkModel(description))
    return std::move(error);
  return description;
}

} // namespace mlir::eke
