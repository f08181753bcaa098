//===- HuggingFace.cpp - Importing a Hugging Face directory ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/HuggingFace.h"

#include "compiler/frontend/Checkpoint.h"
#include "compiler/frontend/Input.h"
#include "compiler/frontend/Safetensors.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <set>

namespace mlir::eke {
namespace {

constexpr llvm::StringLiteral headName = "lm_head.weight";

/// The numbers of tokens that `value` is: one, or a list. The error follows the name of
/// what has it.
llvm::Expected<std::vector<uint32_t>> readTokens(const llvm::json::Value &value,
                                                 uint32_t vocab) {
  std::vector<uint32_t> tokens;
  const llvm::json::Array *list = value.getAsArray();
  for (const llvm::json::Value &one :
       list ? llvm::ArrayRef<llvm::json::Value>(list->data(), list->size())
            : llvm::ArrayRef(value)) {
    std::optional<uint64_t> token = one.getAsUINT64();
    if (!token || *token >= vocab)
      return llvm::createStringError(" is not one of the " +
                                     llvm::Twine(vocab) + " tokens");
    if (!llvm::is_contained(tokens, *token))
      tokens.push_back(*token);
  }
  return tokens;
}

/// Turns one config.json into a description. Reading goes on after an error,
/// with a default; the first error is kept.
class ConfigReader {
public:
  ConfigReader(const llvm::json::Object &config, llvm::StringRef file)
      : config(config), file(file) {}

  llvm::Expected<proto::Model>
  read(llvm::function_ref<bool(llvm::StringRef)> hasTensor) {
    readArchitecture();
    refuseUnknownArithmetic();
    readSizes();
    readBlock(*model.add_blocks());
    readStack(*model.add_stacks());
    readEnds(hasTensor);
    if (!firstError.empty())
      return errorIn(file, firstError);
    return std::move(model);
  }

private:
  void fail(const llvm::Twine &what) {
    if (firstError.empty())
      firstError = what.str();
  }

  /// The value of `key`, or null if it is absent or null.
  const llvm::json::Value *find(llvm::StringRef key) {
    const llvm::json::Value *value = config.get(key);
    return value && !value->getAsNull() ? value : nullptr;
  }

  uint32_t getSize(llvm::StringRef key, uint32_t fallback = 0) {
    const llvm::json::Value *value = find(key);
    if (!value) {
      if (!fallback)
        fail(inQuotes(key) + " is missing");
      return fallback;
    }
    std::optional<uint64_t> size = value->getAsUINT64();
    if (!size || *size == 0 ||
        *size > uint64_t(std::numeric_limits<int32_t>::max())) {
      fail(inQuotes(key) + " is no size; expected 1 to 2147483647");
      return 1;
    }
    return *size;
  }

  double getNumber(llvm::StringRef key, double fallback) {
    const llvm::json::Value *value = find(key);
    if (!value)
      return fallback;
    std::optional<double> number = value->getAsNumber();
    if (!number)
      fail(inQuotes(key) + " is no number");
    return number.value_or(fallback);
  }

  bool getFlag(llvm::StringRef key, bool fallback = false) {
    const llvm::json::Value *value = find(key);
    if (!value)
      return fallback;
    std::optional<bool> flag = value->getAsBoolean();
    if (!flag)
      fail(inQuotes(key) + " is neither true nor false");
    return flag.value_or(fallback);
  }

  void readArchitecture() {
    constexpr llvm::StringLiteral known =
        "; known are LlamaForCausalLM and MobileLLMForCausalLM";
    const llvm::json::Array *names = config.getArray("architectures");
    if (!names || names->size() != 1 || !(*names)[0].getAsString())
      return fail("'architectures' does not name one architecture" + known);
    llvm::StringRef name = *(*names)[0].getAsString();
    if (name != "LlamaForCausalLM" && name != "MobileLLMForCausalLM")
      return fail("unknown architecture " + inQuotes(name) + known);
    // The published code defaults to true, its published models to false.
    if (name == "MobileLLMForCausalLM" && !find("layer_sharing"))
      fail("'layer_sharing' is missing, so it is unknown how often a block "
           "runs");
  }

  /// Refuses what would change the result and has no place in a description.
  void refuseUnknownArithmetic() {
    for (llvm::StringRef key : {"quantization_config", "sliding_window"})
      if (find(key))
        fail(inQuotes(key) + " is not supported; expected null");
    if (getNumber("partial_rotary_factor", 1) != 1)
      fail("'partial_rotary_factor' is not supported; expected 1");
    for (llvm::StringRef key : {"rope_scaling", "rope_parameters"})
      if (const llvm::json::Value *value = find(key))
        readRopeKind(key, *value);
  }

  void readRopeKind(llvm::StringRef key, const llvm::json::Value &value) {
    const llvm::json::Object *rope = value.getAsObject();
    if (!rope)
      return fail(inQuotes(key) + " is no object");
    for (llvm::StringRef kind : {"rope_type", "type"})
      if (rope->get(kind) && rope->getString(kind) != "default")
        return fail(inQuotes(key) +
                    " scales positions, which is not supported; "
                    "expected null");
    if (!rope->get("rope_type") && !rope->get("type") && rope->get("factor"))
      return fail(inQuotes(key) + " scales positions, which is not supported; "
                                  "expected null");
    if (const llvm::json::Value *theta = rope->get("rope_theta")) {
      if (!theta->getAsNumber())
        return fail(inQuotes(key) + " has a 'rope_theta' that is no number");
      ropeTheta = *theta->getAsNumber();
    }
  }

  void readSizes() {
    model.set_context(getSize("max_position_embeddings"));
    model.set_width(getSize("hidden_size"));
    proto::Vocabulary &vocabulary = *model.mutable_vocabulary();
    vocabulary.set_size(getSize("vocab_size"));
    if (std::optional<uint32_t> token = getToken("bos_token_id"))
      vocabulary.set_bos(*token);
    for (uint32_t token : getTokens("eos_token_id"))
      vocabulary.add_eos(token);
  }

  std::optional<uint32_t> getToken(llvm::StringRef key) {
    std::vector<uint32_t> tokens = getTokens(key);
    if (tokens.size() > 1)
      fail(inQuotes(key) + " lists " + llvm::Twine(tokens.size()) +
           " tokens; expected one");
    return tokens.empty() ? std::nullopt : std::optional(tokens.front());
  }

  /// The tokens that `key` is: one, a list, or none.
  std::vector<uint32_t> getTokens(llvm::StringRef key) {
    const llvm::json::Value *value = find(key);
    if (!value)
      return {};
    auto tokens = readTokens(*value, model.vocabulary().size());
    if (!tokens) {
      fail(inQuotes(key) + llvm::toString(tokens.takeError()));
      return {};
    }
    return *tokens;
  }

  void readBlock(proto::Block &block) {
    block.set_name("decoder");
    // The defaults are those of Hugging Face's LlamaConfig.
    block.mutable_norm()->set_epsilon(getNumber("rms_norm_eps", 1e-6));

    proto::Attention &attention = *block.mutable_attention();
    uint32_t heads = getSize("num_attention_heads");
    attention.set_heads(heads);
    attention.set_kv_heads(getSize("num_key_value_heads", heads));
    if (!find("head_dim") && heads && model.width() % heads)
      fail("'hidden_size' " + llvm::Twine(model.width()) +
           " is not a multiple of " + llvm::Twine(heads) +
           " heads, and there is no 'head_dim'");
    attention.set_head_dim(
        getSize("head_dim", heads ? model.width() / heads : 1));
    attention.mutable_rope()->set_pairing(proto::Rope::HALVES);
    attention.mutable_rope()->set_theta(
        ropeTheta ? *ropeTheta : getNumber("rope_theta", 10000));

    proto::FeedForward &layer = *block.mutable_feed_forward();
    layer.set_hidden(getSize("intermediate_size"));
    layer.set_activation(getActivation());
    layer.set_gated(true);
  }

  proto::FeedForward::Activation getActivation() {
    const llvm::json::Value *value = find("hidden_act");
    if (!value)
      return proto::FeedForward::SILU;
    std::optional<llvm::StringRef> name = value->getAsString();
    if (name == "silu" || name == "swish")
      return proto::FeedForward::SILU;
    if (name == "gelu_pytorch_tanh" || name == "gelu_new")
      return proto::FeedForward::GELU_TANH;
    if (name == "relu")
      return proto::FeedForward::RELU;
    fail("unknown 'hidden_act' " + inQuotes(name.value_or("")) +
         "; known are silu, gelu_pytorch_tanh and relu");
    return proto::FeedForward::ACTIVATION_UNSPECIFIED;
  }

  void readStack(proto::Stack &stack) {
    stack.set_block("decoder");
    stack.set_layers(getSize("num_hidden_layers"));
    stack.set_repeats(getFlag("layer_sharing") ? 2 : 1);

    proto::BlockTensors &tensors = *stack.mutable_tensors();
    auto inLayer = [](llvm::StringRef name) {
      return ("model.layers.{layer}." + name).str();
    };
    tensors.set_attention_norm(inLayer("input_layernorm.weight"));
    tensors.set_query(inLayer("self_attn.q_proj.weight"));
    tensors.set_key(inLayer("self_attn.k_proj.weight"));
    tensors.set_value(inLayer("self_attn.v_proj.weight"));
    tensors.set_output(inLayer("self_attn.o_proj.weight"));
    tensors.set_feed_forward_norm(inLayer("post_attention_layernorm.weight"));
    tensors.set_gate(inLayer("mlp.gate_proj.weight"));
    tensors.set_up(inLayer("mlp.up_proj.weight"));
    tensors.set_down(inLayer("mlp.down_proj.weight"));
    bool hasBias = getFlag("attention_bias");
    if (hasBias || getFlag("qkv_bias")) {
      tensors.set_query_bias(inLayer("self_attn.q_proj.bias"));
      tensors.set_key_bias(inLayer("self_attn.k_proj.bias"));
      tensors.set_value_bias(inLayer("self_attn.v_proj.bias"));
    }
    if (hasBias)
      tensors.set_output_bias(inLayer("self_attn.o_proj.bias"));
    if (getFlag("mlp_bias")) {
      tensors.set_gate_bias(inLayer("mlp.gate_proj.bias"));
      tensors.set_up_bias(inLayer("mlp.up_proj.bias"));
      tensors.set_down_bias(inLayer("mlp.down_proj.bias"));
    }
  }

  /// The embedding before the blocks, the norm and head behind them.
  void readEnds(llvm::function_ref<bool(llvm::StringRef)> hasTensor) {
    model.set_embedding("model.embed_tokens.weight");
    model.mutable_final_norm()->set_epsilon(model.blocks(0).norm().epsilon());
    model.set_final_norm_tensor("model.norm.weight");
    bool shared = getFlag("share_embedding");
    bool tied = getFlag("tie_word_embeddings");
    if (shared || tied)
      model.mutable_head()->set_tied(true);
    else
      model.mutable_head()->set_tensor(headName.str());
    if (!shared && !tied && !hasTensor(headName))
      fail("'tie_word_embeddings' is not true, so there has to be a tensor " +
           inQuotes(headName));
  }

  const llvm::json::Object &config;
  llvm::StringRef file;
  proto::Model model;
  std::optional<double> ropeTheta;
  std::string firstError;
};

} // namespace

llvm::Expected<proto::Model>
describeConfig(llvm::StringRef text, llvm::StringRef file,
               llvm::function_ref<bool(llvm::StringRef)> hasTensor) {
  llvm::Expected<llvm::json::Value> config = parseJSON(text, file);
  if (!config)
    return config.takeError();
  const llvm::json::Object *root = config->getAsObject();
  if (!root)
    return errorIn(file, "is not a JSON object");
  return ConfigReader(*root, file).read(hasTensor);
}

/// Lists the tensors that a checkpoint may hold besides its weights: tables of
/// the rotary embedding, and a head that repeats the embedding it is tied to.
static llvm::Error listUnused(const Checkpoint &weights, proto::Model &model) {
  std::set<std::string> unused;
  for (const CheckpointTensor &entry : weights.getTensors())
    if (llvm::StringRef(entry.tensor->name).ends_with("rotary_emb.inv_freq"))
      unused.insert(entry.tensor->name);

  std::optional<CheckpointTensor> head = weights.find(headName);
  if (head && model.head().tied()) {
    std::optional<CheckpointTensor> embedding = weights.find(model.embedding());
    if (!embedding || embedding->tensor->dtype != head->tensor->dtype ||
        embedding->tensor->shape != head->tensor->shape ||
        embedding->getBytes() != head->getBytes())
      return errorIn(head->file->getPath(),
                     "tensor " + inQuotes(headName) + " differs from " +
                         inQuotes(model.embedding()) +
                         ", to which the configuration ties it");
    unused.insert(headName.str());
  }
  for (const std::string &name : unused)
    model.add_unused_tensors(name);
  return llvm::Error::success();
}

/// Refuses an index that promises tensors which are not where it says.
static llvm::Error checkIndex(const WeightFiles &files,
                              const Checkpoint &weights) {
  for (const auto &[tensor, file] : files.places) {
    std::optional<CheckpointTensor> found = weights.find(tensor);
    if (!found || found->fileName != file)
      return errorIn(files.index, "says that tensor " + inQuotes(tensor) +
                                      " is in " + inQuotes(file) +
                                      ", where it is not");
  }
  return llvm::Error::success();
}

/// The number of the token that a TemplateProcessing, or one of a Sequence, puts before a
/// text, or nothing.
static std::optional<uint32_t>
findTemplateStart(const llvm::json::Object &processor) {
  const llvm::json::Array *parts = processor.getArray("processors");
  for (const llvm::json::Value &part : parts ? *parts : llvm::json::Array())
    if (const llvm::json::Object *object = part.getAsObject())
      if (std::optional<uint32_t> start = findTemplateStart(*object))
        return start;
  const llvm::json::Array *pieces = processor.getArray("single");
  const llvm::json::Object *first =
      pieces && pieces->size() > 1 ? pieces->front().getAsObject() : nullptr;
  const llvm::json::Object *special =
      first ? first->getObject("SpecialToken") : nullptr;
  const llvm::json::Object *tokens = processor.getObject("special_tokens");
  if (!special || !tokens)
    return std::nullopt;
  const llvm::json::Object *token =
      tokens->getObject(special->getString("id").value_or(""));
  const llvm::json::Array *ids = token ? token->getArray("ids") : nullptr;
  if (!ids || ids->size() != 1)
    return std::nullopt;
  return ids->front().getAsUINT64();
}

/// Leaves the description a bos if the tokenizer puts it before a text: as
/// tokenizer_config.json says, or else the post-processor. If there is neither, bos is
/// what config.json calls so.
static llvm::Error decideStart(llvm::StringRef directory,
                               proto::Vocabulary &vocabulary) {
  std::string configFile = resolvePath(directory, "tokenizer_config.json");
  bool hasConfig = isThere(configFile);
  std::optional<bool> adds;
  if (hasConfig) {
    llvm::Expected<llvm::json::Value> config = readJSON(configFile);
    if (!config)
      return config.takeError();
    if (const llvm::json::Object *root = config->getAsObject())
      adds = root->getBoolean("add_bos_token");
  }
  // Only a tokenizer.json has a post-processor.
  bool isJSON = vocabulary.tokenizer() == "tokenizer.json";
  if (!isJSON || adds) {
    if (adds == false)
      vocabulary.clear_bos();
    return llvm::Error::success();
  }
  llvm::Expected<llvm::json::Value> tokenizer =
      readJSON(resolvePath(directory, vocabulary.tokenizer()));
  if (!tokenizer)
    return tokenizer.takeError();
  const llvm::json::Object *root = tokenizer->getAsObject();
  const llvm::json::Object *processor =
      root ? root->getObject("post_processor") : nullptr;
  if (processor || hasConfig)
    vocabulary.clear_bos();
  if (std::optional<uint32_t> token =
          processor ? findTemplateStart(*processor) : std::nullopt)
    vocabulary.set_bos(*token);
  return llvm::Error::success();
}

/// Replaces the tokens that end a text by those of generation_config.json, if it has any.
static llvm::Error decideEnds(llvm::StringRef directory,
                              proto::Vocabulary &vocabulary) {
  std::string path = resolvePath(directory, "generation_config.json");
  if (!isThere(path))
    return llvm::Error::success();
  llvm::Expected<llvm::json::Value> config = readJSON(path);
  if (!config)
    return config.takeError();
  const llvm::json::Object *root = config->getAsObject();
  const llvm::json::Value *value = root ? root->get("eos_token_id") : nullptr;
  if (!value || value->getAsNull())
    return llvm::Error::success();
  auto tokens = readTokens(*value, vocabulary.size());
  if (!tokens)
    return errorIn(path, "'eos_token_id'" + llvm::toString(tokens.takeError()));
  vocabulary.clear_eos();
  for (uint32_t token : *tokens)
    vocabulary.add_eos(token);
  return llvm::Error::success();
}

/// The file that has the tokenizer, of those that there are; "" if there is none.
static llvm::StringRef findTokenizer(llvm::StringRef directory) {
  auto has = [&](llvm::StringRef name) {
    return isThere(resolvePath(directory, name));
  };
  for (llvm::StringRef name : {"tokenizer.json", "tokenizer.model"})
    if (has(name))
      return name;
  return has("vocab.json") && has("merges.txt") ? "vocab.json" : "";
}

static std::string nameOf(llvm::StringRef directory) {
  llvm::SmallString<256> path;
  if (llvm::sys::fs::real_path(directory, path))
    path = directory;
  llvm::StringRef name = llvm::sys::path::filename(path);
  return makeModelName(name);
}

llvm::Expected<ModelDescription> importHuggingFace(llvm::StringRef directory) {
  std::string config = resolvePath(directory, "config.json");
  auto text = openText(config);
  if (!text)
    return text.takeError();
  auto files = findWeightFiles(directory);
  if (!files)
    return files.takeError();
  auto weights = Checkpoint::open(directory, files->names);
  if (!weights)
    return weights.takeError();
  if (llvm::Error error = checkIndex(*files, *weights))
    return std::move(error);

  auto model =
      describeConfig((*text)->getBuffer(), config, [&](llvm::StringRef tensor) {
        return weights->find(tensor).has_value();
      });
  if (!model)
    return model.takeError();
  if (llvm::Error error = listUnused(*weights, *model))
    return std::move(error);
  model->set_name(nameOf(directory));
  for (const std::string &name : files->names)
    model->add_weight_files(name);
  llvm::StringRef tokenizer = findTokenizer(directory);
  if (!tokenizer.empty())
    model->mutable_vocabulary()->set_tokenizer(tokenizer.str());
  else
    printWarning(
        directory +
        ": has no tokenizer.json, tokenizer.model or vocab.json with "
        "merges.txt: the program will take and give numbers of tokens, "
        "no text");
  if (llvm::Error error = decideStart(directory, *model->mutable_vocabulary()))
    return std::move(error);
  if (llvm::Error error = decideEnds(directory, *model->mutable_vocabulary()))
    return std::move(error);

  ModelDescription description{std::move(*model), config, directory.str()};
  if (llvm::Error error = checkModel(description))
    return std::move(error);
  return description;
}

} // namespace mlir::eke
