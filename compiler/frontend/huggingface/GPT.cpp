//===- GPT.cpp - Families with learned positions and layer norms ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"
#include "compiler/frontend/huggingface/Families.h"
#include "compiler/frontend/huggingface/Parts.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

/// A block of layer norms and a feed-forward layer without a gate.
static proto::Block makeBlock(ConfigReader &config, uint32_t width,
                              uint32_t heads, uint32_t hidden, double epsilon) {
  proto::Block block;
  block.set_name("decoder");
  block.mutable_norm()->set_kind(proto::Norm::LAYER);
  block.mutable_norm()->set_epsilon(epsilon);
  if (width % heads)
    config.fail("'hidden_size' " + llvm::Twine(width) +
                " is not a multiple of " + llvm::Twine(heads) + " heads");
  proto::Attention &attention = *block.mutable_attention();
  attention.set_heads(heads);
  attention.set_kv_heads(heads);
  attention.set_head_dim(std::max(width / heads, 1u));
  block.mutable_feed_forward()->set_hidden(hidden);
  return block;
}

static void setPositions(proto::Model &model, const std::string &tensor,
                         uint32_t first) {
  model.mutable_positions()->set_tensor(tensor);
  model.mutable_positions()->set_first(first);
}

void describeOPT(ConfigReader &config, proto::Model &model) {
  // Rows of the table before those of positions.
  constexpr uint32_t reserved = 2;
  config.expectFlag("do_layer_norm_before", true);
  config.expectFlag("layer_norm_elementwise_affine", true);
  config.expectFlag("_remove_final_layer_norm", false);
  readSizes(config, model);
  if (config.getSize("word_embed_proj_dim", model.width()) != model.width())
    config.fail("'word_embed_proj_dim' is not 'hidden_size', which is not "
                "supported");
  proto::Block block =
      makeBlock(config, model.width(), config.getSize("num_attention_heads"),
                config.getSize("ffn_dim"), /*epsilon=*/1e-5);
  block.mutable_feed_forward()->set_activation(
      config.has("activation_function")
          ? readActivation(config, "activation_function")
          : proto::FeedForward::RELU);

  const std::string decoder = "model.decoder.";
  auto inLayer = [&](llvm::StringRef name) {
    return (decoder + "layers.{layer}." + name).str();
  };
  proto::BlockTensors tensors;
  tensors.set_attention_norm(inLayer("self_attn_layer_norm.weight"));
  tensors.set_attention_norm_bias(inLayer("self_attn_layer_norm.bias"));
  tensors.set_query(inLayer("self_attn.q_proj.weight"));
  tensors.set_key(inLayer("self_attn.k_proj.weight"));
  tensors.set_value(inLayer("self_attn.v_proj.weight"));
  tensors.set_output(inLayer("self_attn.out_proj.weight"));
  tensors.set_feed_forward_norm(inLayer("final_layer_norm.weight"));
  tensors.set_feed_forward_norm_bias(inLayer("final_layer_norm.bias"));
  tensors.set_up(inLayer("fc1.weight"));
  tensors.set_down(inLayer("fc2.weight"));
  if (config.getFlag("enable_bias", true)) {
    tensors.set_query_bias(inLayer("self_attn.q_proj.bias"));
    tensors.set_key_bias(inLayer("self_attn.k_proj.bias"));
    tensors.set_value_bias(inLayer("self_attn.v_proj.bias"));
    tensors.set_output_bias(inLayer("self_attn.out_proj.bias"));
    tensors.set_up_bias(inLayer("fc1.bias"));
    tensors.set_down_bias(inLayer("fc2.bias"));
  }
  addLayers(config, model, block, tensors);
  readEnds(config, model, block.norm(), /*tiedByDefault=*/true);
  model.set_embedding(decoder + "embed_tokens.weight");
  model.set_final_norm_tensor(decoder + "final_layer_norm.weight");
  model.set_final_norm_bias(decoder + "final_layer_norm.bias");
  setPositions(model, decoder + "embed_positions.weight", reserved);
}

/// Which layers of GPT-Neo attend to a window: "attention_layers", or
/// "attention_types", [[kinds of layers in turn, how often], …], names them all.
static std::vector<unsigned> readKinds(ConfigReader &config, uint32_t layers) {
  std::vector<std::string> names =
      config.getTexts("attention_layers").value_or(std::vector<std::string>());
  const llvm::json::Value *types = config.find("attention_types");
  if (const llvm::json::Array *list = types ? types->getAsArray() : nullptr;
      list && names.empty())
    for (const llvm::json::Value &entry : *list) {
      const llvm::json::Array *pair = entry.getAsArray();
      const llvm::json::Array *kinds =
          pair && pair->size() == 2 ? (*pair)[0].getAsArray() : nullptr;
      uint64_t times =
          kinds ? (*pair)[1].getAsUINT64().value_or(0) : uint64_t(0);
      for (uint64_t i = 0; i < times && names.size() <= layers; ++i)
        for (const llvm::json::Value &kind : *kinds)
          names.push_back(kind.getAsString().value_or("").str());
    }
  std::vector<unsigned> found;
  for (const std::string &name : names) {
    if (name != "global" && name != "local")
      config.fail("'attention_types' has the unknown type " + inQuotes(name) +
                  "; known are global and local");
    found.push_back(name == "local");
  }
  if (found.size() != layers)
    config.fail("'attention_types' does not name " + llvm::Twine(layers) +
                " layers");
  found.resize(layers);
  return found;
}

void describeGPTNeo(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  uint32_t layers = countLayers(config, "num_layers");
  uint32_t width = model.width();
  proto::Block block = makeBlock(config, width, config.getSize("num_heads"),
                                 config.getSize("intermediate_size", 4 * width),
                                 config.getNumber("layer_norm_epsilon", 1e-5));
  block.mutable_attention()->set_scale(1); // its scores are not scaled
  block.mutable_feed_forward()->set_activation(
      config.has("activation_function")
          ? readActivation(config, "activation_function")
          : proto::FeedForward::GELU_TANH);
  proto::Block windowed = addWindow(config, block, "window_size", 256);

  const std::string prefix = "transformer.";
  auto inLayer = [&](llvm::StringRef name) {
    return (prefix + "h.{layer}." + name).str();
  };
  proto::BlockTensors tensors;
  tensors.set_attention_norm(inLayer("ln_1.weight"));
  tensors.set_attention_norm_bias(inLayer("ln_1.bias"));
  tensors.set_query(inLayer("attn.attention.q_proj.weight"));
  tensors.set_key(inLayer("attn.attention.k_proj.weight"));
  tensors.set_value(inLayer("attn.attention.v_proj.weight"));
  tensors.set_output(inLayer("attn.attention.out_proj.weight"));
  tensors.set_output_bias(inLayer("attn.attention.out_proj.bias"));
  tensors.set_feed_forward_norm(inLayer("ln_2.weight"));
  tensors.set_feed_forward_norm_bias(inLayer("ln_2.bias"));
  tensors.set_up(inLayer("mlp.c_fc.weight"));
  tensors.set_up_bias(inLayer("mlp.c_fc.bias"));
  tensors.set_down(inLayer("mlp.c_proj.weight"));
  tensors.set_down_bias(inLayer("mlp.c_proj.bias"));
  addLayers(model, {block, windowed}, readKinds(config, layers), tensors);
  readEnds(config, model, block.norm(), /*tiedByDefault=*/true);
  model.set_embedding(prefix + "wte.weight");
  model.set_final_norm_tensor(prefix + "ln_f.weight");
  model.set_final_norm_bias(prefix + "ln_f.bias");
  setPositions(model, prefix + "wpe.weight", /*first=*/0);
}

} // namespace mlir::eke
