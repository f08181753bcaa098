//===- Parts.cpp - What several families have in common -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/huggingface/Parts.h"

#include "compiler/frontend/Input.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {

void readSizes(ConfigReader &config, proto::Model &model) {
  model.set_context(config.getSize("max_position_embeddings"));
  model.set_width(config.getSize("hidden_size"));
}

proto::FeedForward::Activation readActivation(ConfigReader &config,
                                              llvm::StringRef key) {
  using proto::FeedForward;
  constexpr std::pair<llvm::StringLiteral, FeedForward::Activation> known[] = {
      {"silu", FeedForward::SILU},
      {"swish", FeedForward::SILU},
      {"gelu", FeedForward::GELU},
      {"gelu_pytorch_tanh", FeedForward::GELU_TANH},
      {"gelu_new", FeedForward::GELU_TANH},
      {"relu", FeedForward::RELU}};
  if (!config.has(key))
    return FeedForward::SILU;
  std::string name = config.getText(key);
  for (auto [text, activation] : known)
    if (text == name)
      return activation;
  config.fail("unknown " + inQuotes(key) + " " + inQuotes(name) +
              "; known are silu, gelu, gelu_pytorch_tanh and relu");
  return FeedForward::SILU;
}

proto::Block readBlock(ConfigReader &config, proto::Model &model,
                       uint32_t headDim, double theta) {
  proto::Block block;
  block.set_name("decoder");
  block.mutable_norm()->set_epsilon(config.getNumber("rms_norm_eps", 1e-6));

  proto::Attention &attention = *block.mutable_attention();
  uint32_t heads = config.getSize("num_attention_heads");
  attention.set_heads(heads);
  attention.set_kv_heads(config.getSize("num_key_value_heads", heads));
  if (!headDim && !config.has("head_dim") && model.width() % heads &&
      config.areRight({"hidden_size", "num_attention_heads"}))
    config.failAt("hidden_size", " " + llvm::Twine(model.width()) +
                                     " is not a multiple of " +
                                     llvm::Twine(heads) +
                                     " heads, and there is no 'head_dim'");
  uint32_t shared = std::max(model.width() / heads, 1u);
  attention.set_head_dim(
      config.getSize("head_dim", headDim ? headDim : shared));
  *attention.mutable_rope() =
      readRope(config, model, attention.head_dim(), "rope_theta", theta);

  proto::FeedForward &layer = *block.mutable_feed_forward();
  layer.set_hidden(config.getSize("intermediate_size"));
  layer.set_activation(readActivation(config, "hidden_act"));
  layer.set_gated(true);
  return block;
}

proto::Block makeLayerNormBlock(ConfigReader &config, uint32_t width,
                                uint32_t heads, uint32_t hidden,
                                double epsilon) {
  proto::Block block;
  block.set_name("decoder");
  block.mutable_norm()->set_kind(proto::Norm::LAYER);
  block.mutable_norm()->set_epsilon(epsilon);
  if (width > 1 && width % heads) { // 1 stands for a width that is wrong
    config.fail("the width " + llvm::Twine(width) + " is not a multiple of " +
                llvm::Twine(heads) + " heads");
    config.markWrong("hidden_size");
  }
  proto::Attention &attention = *block.mutable_attention();
  attention.set_heads(heads);
  attention.set_kv_heads(heads);
  attention.set_head_dim(std::max(width / heads, 1u));
  block.mutable_feed_forward()->set_hidden(hidden);
  return block;
}

static std::string inLayer(llvm::StringRef name) {
  return ("model.layers.{layer}." + name).str();
}

proto::BlockTensors nameTensors() {
  proto::BlockTensors tensors;
  tensors.set_attention_norm(inLayer("input_layernorm.weight"));
  tensors.set_query(inLayer("self_attn.q_proj.weight"));
  tensors.set_key(inLayer("self_attn.k_proj.weight"));
  tensors.set_value(inLayer("self_attn.v_proj.weight"));
  tensors.set_output(inLayer("self_attn.o_proj.weight"));
  tensors.set_feed_forward_norm(inLayer("post_attention_layernorm.weight"));
  tensors.set_gate(inLayer("mlp.gate_proj.weight"));
  tensors.set_up(inLayer("mlp.up_proj.weight"));
  tensors.set_down(inLayer("mlp.down_proj.weight"));
  return tensors;
}

void nameBiases(proto::BlockTensors &tensors, bool queryKeyValue, bool output,
                bool feedForward) {
  if (queryKeyValue) {
    tensors.set_query_bias(inLayer("self_attn.q_proj.bias"));
    tensors.set_key_bias(inLayer("self_attn.k_proj.bias"));
    tensors.set_value_bias(inLayer("self_attn.v_proj.bias"));
  }
  if (output)
    tensors.set_output_bias(inLayer("self_attn.o_proj.bias"));
  if (feedForward) {
    tensors.set_gate_bias(inLayer("mlp.gate_proj.bias"));
    tensors.set_up_bias(inLayer("mlp.up_proj.bias"));
    tensors.set_down_bias(inLayer("mlp.down_proj.bias"));
  }
}

uint32_t countLayers(ConfigReader &config, llvm::StringRef key) {
  uint32_t layers = config.getSize(key);
  if (layers <= mostLayers)
    return layers;
  config.failAt(key, " is " + llvm::Twine(layers) + "; expected at most " +
                         llvm::Twine(mostLayers));
  return 1;
}

proto::Block addWindow(ConfigReader &config, const proto::Block &whole,
                       llvm::StringRef key, uint32_t fallback) {
  return withWindow(whole, config.getSize(key, fallback));
}

void addLayers(ConfigReader &config, proto::Model &model,
               const proto::Block &block, const proto::BlockTensors &tensors,
               uint32_t repeats) {
  std::vector<unsigned> kinds(countLayers(config), 0);
  addLayers(model, block, kinds, tensors, repeats);
}

void addWindowedLayers(ConfigReader &config, proto::Model &model,
                       const proto::Block &whole, const proto::Block &windowed,
                       const proto::BlockTensors &tensors,
                       llvm::function_ref<bool(uint32_t)> hasWindow) {
  uint32_t layers = countLayers(config);
  auto types = config.getTexts("layer_types");
  if (types && types->size() != layers) {
    if (config.areRight({"num_hidden_layers", "layer_types"}))
      config.fail("'layer_types' lists " + llvm::Twine(types->size()) +
                  " layers; expected " + llvm::Twine(layers));
    types = std::nullopt;
  }
  std::vector<unsigned> kinds;
  for (uint32_t layer = 0; layer < layers; ++layer) {
    bool isWindowed =
        types ? (*types)[layer] == "sliding_attention" : hasWindow(layer);
    if (types && !isWindowed && (*types)[layer] != "full_attention")
      config.fail("'layer_types' has the unknown type " +
                  inQuotes((*types)[layer]) +
                  "; known are full_attention and sliding_attention");
    kinds.push_back(isWindowed);
  }
  addLayers(model, {whole, windowed}, kinds, tensors);
}

void readEnds(ConfigReader &config, proto::Model &model,
              const proto::Norm &norm, bool tiedByDefault) {
  model.set_embedding("model.embed_tokens.weight");
  *model.mutable_final_norm() = norm;
  model.set_final_norm_tensor("model.norm.weight");
  bool isTied = config.getFlag("tie_word_embeddings", tiedByDefault) ||
                config.getFlag("share_embedding");
  if (isTied)
    model.mutable_head()->set_tied(true);
  else
    model.mutable_head()->set_tensor(kHeadTensor.str());
  if (!isTied && !config.hasWeight(kHeadTensor))
    config.fail("'tie_word_embeddings' is not true, so there has to be a "
                "tensor " +
                inQuotes(kHeadTensor));
}

} // namespace mlir::eke
