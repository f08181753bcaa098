//===- GPT.cpp - Families with learned positions and layer norms ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"
#include "compiler/frontend/huggingface/Families.h"
#include "compiler/frontend/huggingface/Parts.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

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
  if (config.getSize("word_embed_proj_dim", model.width()) != model.width() &&
      config.areRight({"word_embed_proj_dim", "hidden_size"}))
    config.fail("'word_embed_proj_dim' is not 'hidden_size', which is not "
                "supported");
  proto::Block block = makeLayerNormBlock(
      config, model.width(), config.getSize("num_attention_heads"),
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

/// Lists the masks of causal attention that old checkpoints hold.
static void listMasks(ConfigReader &config, proto::Model &model,
                      const std::string &pattern, uint32_t layers) {
  auto [before, behind] = llvm::StringRef(pattern).split("{layer}");
  for (uint32_t layer = 0; layer < layers; ++layer)
    for (llvm::StringRef name : {".bias", ".masked_bias"}) {
      std::string mask = (before + llvm::Twine(layer) + behind + name).str();
      if (config.hasWeight(mask))
        model.add_unused_tensors(mask);
    }
}

/// Names the tensors of GPT-2's layers, whose matrices are [inputs, outputs], and the parts
/// that they are.
static proto::BlockTensors
nameGPT2Tensors(proto::Model &model, const proto::Block &block,
                llvm::function_ref<std::string(llvm::StringRef)> inLayer) {
  uint32_t width = model.width();
  proto::BlockTensors tensors;
  tensors.set_attention_norm(inLayer("ln_1.weight"));
  tensors.set_attention_norm_bias(inLayer("ln_1.bias"));
  tensors.set_feed_forward_norm(inLayer("ln_2.weight"));
  tensors.set_feed_forward_norm_bias(inLayer("ln_2.bias"));
  tensors.set_query(inLayer("attn.c_attn.query.weight"));
  tensors.set_query_bias(inLayer("attn.c_attn.query.bias"));
  tensors.set_key(inLayer("attn.c_attn.key.weight"));
  tensors.set_key_bias(inLayer("attn.c_attn.key.bias"));
  tensors.set_value(inLayer("attn.c_attn.value.weight"));
  tensors.set_value_bias(inLayer("attn.c_attn.value.bias"));
  addParts(model, inLayer("attn.c_attn.weight"),
           {{tensors.query(), width},
            {tensors.key(), width},
            {tensors.value(), width}},
           /*isTransposed=*/true);
  addParts(model, inLayer("attn.c_attn.bias"),
           {{tensors.query_bias(), width},
            {tensors.key_bias(), width},
            {tensors.value_bias(), width}});
  tensors.set_output(inLayer("attn.c_proj.weight"));
  tensors.set_output_bias(inLayer("attn.c_proj.bias"));
  tensors.set_up(inLayer("mlp.c_fc.weight"));
  tensors.set_up_bias(inLayer("mlp.c_fc.bias"));
  tensors.set_down(inLayer("mlp.c_proj.weight"));
  tensors.set_down_bias(inLayer("mlp.c_proj.bias"));
  for (const auto &[matrix, rows] :
       {std::pair(tensors.output(), width),
        {tensors.up(), block.feed_forward().hidden()},
        {tensors.down(), width}})
    addParts(model, matrix, {{matrix, rows}}, /*isTransposed=*/true);
  return tensors;
}

void describeGPT2(ConfigReader &config, proto::Model &model) {
  config.expectFlag("scale_attn_weights", true);
  config.expectFlag("scale_attn_by_inverse_layer_idx", false);
  config.expectFlag("add_cross_attention", false);
  uint32_t layers = countLayers(config, "n_layer");
  uint32_t width = config.getSize("n_embd");
  model.set_context(config.getSize("n_positions", 1024));
  model.set_width(width);
  proto::Block block =
      makeLayerNormBlock(config, width, config.getSize("n_head"),
                         config.getSize("n_inner", 4 * width),
                         config.getNumber("layer_norm_epsilon", 1e-5));
  block.mutable_feed_forward()->set_activation(
      config.has("activation_function")
          ? readActivation(config, "activation_function")
          : proto::FeedForward::GELU_TANH);

  // The first checkpoints are of the model without its head.
  const std::string prefix =
      config.hasWeight("transformer.wte.weight") ? "transformer." : "";
  auto inLayer = [&](llvm::StringRef name) {
    return (prefix + "h.{layer}." + name).str();
  };
  addLayers(model, block, std::vector<unsigned>(layers, 0),
            nameGPT2Tensors(model, block, inLayer));
  listMasks(config, model, inLayer("attn"), layers);
  readEnds(config, model, block.norm(), /*tiedByDefault=*/true);
  model.set_embedding(prefix + "wte.weight");
  model.set_final_norm_tensor(prefix + "ln_f.weight");
  model.set_final_norm_bias(prefix + "ln_f.bias");
  setPositions(model, prefix + "wpe.weight", /*first=*/0);
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
  if (found.size() != layers && config.areRight({"num_layers"}))
    config.fail("'attention_types' does not name " + llvm::Twine(layers) +
                " layers");
  found.resize(layers);
  return found;
}

void describeGPTNeo(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  uint32_t layers = countLayers(config, "num_layers");
  uint32_t width = model.width();
  proto::Block block =
      makeLayerNormBlock(config, width, config.getSize("num_heads"),
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
  listMasks(config, model, inLayer("attn.attention"), layers);
  readEnds(config, model, block.norm(), /*tiedByDefault=*/true);
  model.set_embedding(prefix + "wte.weight");
  model.set_final_norm_tensor(prefix + "ln_f.weight");
  model.set_final_norm_bias(prefix + "ln_f.bias");
  setPositions(model, prefix + "wpe.weight", /*first=*/0);
}

} // namespace mlir::eke
