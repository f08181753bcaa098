//===- Llama.cpp - Families whose blocks are those of Llama, and variations -===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"
#include "compiler/frontend/huggingface/Families.h"
#include "compiler/frontend/huggingface/Parts.h"

namespace mlir::eke {

/// Refuses a window for the attention of all layers.
static void refuseWindow(ConfigReader &config) {
  config.expectAbsent("sliding_window");
}

static void describeLlama(ConfigReader &config, proto::Model &model,
                          uint32_t repeats) {
  refuseWindow(config);
  readSizes(config, model);
  proto::Block block = readBlock(config, model);
  proto::BlockTensors tensors = nameTensors();
  bool hasBias = config.getFlag("attention_bias");
  nameBiases(tensors, hasBias || config.getFlag("qkv_bias"), hasBias,
             config.getFlag("mlp_bias"));
  addLayers(config, model, block, tensors, repeats);
  readEnds(config, model, block.norm());
}

void describeLlama(ConfigReader &config, proto::Model &model) {
  describeLlama(config, model, config.getFlag("layer_sharing") ? 2 : 1);
}

void describeMobileLLM(ConfigReader &config, proto::Model &model) {
  // The published code defaults to true, its published models to false.
  if (!config.has("layer_sharing"))
    config.fail("'layer_sharing' is missing, so it is unknown how often a "
                "block runs");
  describeLlama(config, model);
}

void describeMistral(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  proto::Block block = readBlock(config, model);
  if (config.has("sliding_window"))
    block.mutable_attention()->set_window(config.getSize("sliding_window"));
  addLayers(config, model, block, nameTensors());
  readEnds(config, model, block.norm());
}

/// Qwen's windows are for the layers behind the first ones, and off by default.
static void addQwenLayers(ConfigReader &config, proto::Model &model,
                          const proto::Block &block,
                          const proto::BlockTensors &tensors) {
  if (!config.getFlag("use_sliding_window") || !config.has("sliding_window"))
    return addLayers(config, model, block, tensors);
  uint32_t first = config.getNumber("max_window_layers", 28);
  addWindowedLayers(config, model, block, addWindow(config, block), tensors,
                    [&](uint32_t layer) { return layer >= first; });
}

void describeQwen2(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  proto::Block block = readBlock(config, model);
  proto::BlockTensors tensors = nameTensors();
  nameBiases(tensors, /*queryKeyValue=*/true, /*output=*/false,
             /*feedForward=*/false);
  addQwenLayers(config, model, block, tensors);
  readEnds(config, model, block.norm());
}

/// Gives queries and keys norms with scales.
static void addQueryKeyNorm(proto::Block &block, proto::BlockTensors &tensors,
                            proto::QueryKeyNorm::Part part) {
  block.mutable_attention()->mutable_query_key_norm()->set_part(part);
  tensors.set_query_norm("model.layers.{layer}.self_attn.q_norm.weight");
  tensors.set_key_norm("model.layers.{layer}.self_attn.k_norm.weight");
}

void describeQwen3(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  proto::Block block = readBlock(config, model, /*headDim=*/128);
  proto::BlockTensors tensors = nameTensors();
  bool hasBias = config.getFlag("attention_bias");
  nameBiases(tensors, hasBias, hasBias, /*feedForward=*/false);
  addQueryKeyNorm(block, tensors, proto::QueryKeyNorm::HEAD);
  addQwenLayers(config, model, block, tensors);
  readEnds(config, model, block.norm());
}

/// Which layers turn queries and keys: "no_rope_layers" has a 1 for each that does.
static std::vector<bool> readRotation(ConfigReader &config, uint32_t layers,
                                      uint32_t interval) {
  auto given = config.getNumbers("no_rope_layers");
  if (given && !given->empty() && given->size() != layers &&
      config.areRight({"num_hidden_layers", "no_rope_layers"}))
    config.fail("'no_rope_layers' lists " + llvm::Twine(given->size()) +
                " layers; expected " + llvm::Twine(layers));
  std::vector<bool> turns;
  for (uint32_t layer = 0; layer < layers; ++layer)
    turns.push_back(given && layer < given->size()
                        ? (*given)[layer] != 0
                        : (layer + 1) % interval != 0);
  return turns;
}

/// Adds layers of which only some turn queries and keys.
static void addRotatedLayers(ConfigReader &config, proto::Model &model,
                             const proto::Block &turned,
                             const proto::Block &unturned,
                             const proto::BlockTensors &tensors) {
  std::vector<unsigned> kinds;
  for (bool turns : readRotation(config, countLayers(config),
                                 config.getSize("no_rope_layer_interval", 4)))
    kinds.push_back(turns ? 0 : 1);
  addLayers(model, {turned, unturned}, kinds, tensors);
}

void describeSmolLM3(ConfigReader &config, proto::Model &model) {
  if (config.getFlag("use_sliding_window"))
    refuseWindow(config);
  readSizes(config, model);
  proto::Block block = readBlock(config, model, /*headDim=*/0, 2e6);
  proto::BlockTensors tensors = nameTensors();
  bool hasBias = config.getFlag("attention_bias");
  nameBiases(tensors, hasBias, hasBias, config.getFlag("mlp_bias"));
  addRotatedLayers(config, model, block, withoutRope(block), tensors);
  readEnds(config, model, block.norm(), /*tiedByDefault=*/true);
}

void describeOlmo2(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  proto::Block block = readBlock(config, model);
  block.mutable_norm()->set_epsilon(config.getNumber("rms_norm_eps", 1e-5));
  proto::BlockTensors tensors = nameTensors();
  tensors.clear_attention_norm();
  tensors.set_attention_post_norm(tensors.feed_forward_norm());
  tensors.clear_feed_forward_norm();
  tensors.set_feed_forward_post_norm(
      "model.layers.{layer}.post_feedforward_layernorm.weight");
  bool hasBias = config.getFlag("attention_bias");
  nameBiases(tensors, hasBias, hasBias, /*feedForward=*/false);
  addQueryKeyNorm(block, tensors, proto::QueryKeyNorm::ALL);
  addLayers(config, model, block, tensors);
  readEnds(config, model, block.norm());
}

void describePhi3(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  proto::Block block = readBlock(config, model);
  block.mutable_norm()->set_epsilon(config.getNumber("rms_norm_eps", 1e-5));
  proto::Attention &attention = *block.mutable_attention();
  if (config.has("sliding_window"))
    attention.set_window(config.getSize("sliding_window"));
  proto::BlockTensors tensors = nameTensors();
  uint32_t queries = attention.heads() * attention.head_dim();
  uint32_t keys = attention.kv_heads() * attention.head_dim();
  addParts(model, "model.layers.{layer}.self_attn.qkv_proj.weight",
           {{tensors.query(), queries},
            {tensors.key(), keys},
            {tensors.value(), keys}});
  uint32_t hidden = block.feed_forward().hidden();
  addParts(model, "model.layers.{layer}.mlp.gate_up_proj.weight",
           {{tensors.gate(), hidden}, {tensors.up(), hidden}});
  addLayers(config, model, block, tensors);
  readEnds(config, model, block.norm());
}

/// Text models of Llama 4 without experts, such as MobileLLM-R1: heads turn as pairs of
/// neighbours, and are normalised behind that.
void describeLlama4(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  auto experts = config.getNumbers("moe_layers");
  if (config.getNumber("num_local_experts", 16) > 0 &&
      (!experts || !experts->empty()))
    config.fail("'moe_layers' has layers of experts, which are not supported; "
                "expected []");
  proto::Block block = readBlock(config, model, /*headDim=*/128, 5e5);
  block.mutable_norm()->set_epsilon(config.getNumber("rms_norm_eps", 1e-5));
  block.mutable_feed_forward()->set_hidden(
      config.getSize("intermediate_size_mlp", block.feed_forward().hidden()));
  proto::Attention &attention = *block.mutable_attention();
  attention.mutable_rope()->set_pairing(proto::Rope::INTERLEAVED);
  proto::Block unturned = withoutRope(block);
  if (config.getFlag("use_qk_norm", true)) {
    attention.mutable_query_key_norm()->set_part(proto::QueryKeyNorm::HEAD);
    attention.mutable_query_key_norm()->set_after_rope(true);
  }
  // Layers that do not turn scale queries by their positions, by 1 before this one, and
  // the others attend to chunks of so many.
  if (config.getFlag("attn_temperature_tuning", true))
    boundContext(model, config.getSize("floor_scale", 8192) - 1);
  if (config.has("attention_chunk_size"))
    boundContext(model, config.getSize("attention_chunk_size"));

  proto::BlockTensors tensors = nameTensors();
  for (std::string *name :
       {tensors.mutable_gate(), tensors.mutable_up(), tensors.mutable_down()}) {
    size_t at = name->find(".mlp.");
    name->replace(at, 5, ".feed_forward.");
  }
  bool hasBias = config.getFlag("attention_bias");
  nameBiases(tensors, hasBias, hasBias, /*feedForward=*/false);
  addRotatedLayers(config, model, block, unturned, tensors);
  readEnds(config, model, block.norm());
}

} // namespace mlir::eke
