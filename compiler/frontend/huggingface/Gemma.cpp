//===- Gemma.cpp - Gemma 2 and 3 ------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/huggingface/Families.h"
#include "compiler/frontend/huggingface/Parts.h"

#include <cmath>

namespace mlir::eke {

/// What both have: norms on both sides that add one, scaled scores and embeddings.
static proto::Block readGemmaBlock(ConfigReader &config, proto::Model &model) {
  proto::Block block = readBlock(config, model, /*headDim=*/256);
  block.mutable_norm()->set_plus_one(true);
  block.mutable_attention()->set_scale(
      1 / std::sqrt(config.getNumber("query_pre_attn_scalar", 256)));
  // Old configurations have a `hidden_act` that was never used.
  block.mutable_feed_forward()->set_activation(
      config.has("hidden_activation")
          ? readActivation(config, "hidden_activation")
          : proto::FeedForward::GELU_TANH);
  model.set_embedding_scale(std::sqrt(double(model.width())));
  return block;
}

static proto::BlockTensors nameGemmaTensors(ConfigReader &config) {
  proto::BlockTensors tensors = nameTensors();
  auto inLayer = [](llvm::StringRef name) {
    return ("model.layers.{layer}." + name + ".weight").str();
  };
  tensors.set_attention_post_norm(inLayer("post_attention_layernorm"));
  tensors.set_feed_forward_norm(inLayer("pre_feedforward_layernorm"));
  tensors.set_feed_forward_post_norm(inLayer("post_feedforward_layernorm"));
  bool hasBias = config.getFlag("attention_bias");
  nameBiases(tensors, hasBias, hasBias, /*feedForward=*/false);
  return tensors;
}

void describeGemma2(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  proto::Block block = readGemmaBlock(config, model);
  block.mutable_attention()->set_softcap(
      config.getNumber("attn_logit_softcapping", 0));
  addWindowedLayers(
      config, model, block, addWindow(config, block, "sliding_window", 4096),
      nameGemmaTensors(config), [](uint32_t layer) { return layer % 2 == 0; });
  readEnds(config, model, block.norm(), /*tiedByDefault=*/true);
  model.set_logit_softcap(config.getNumber("final_logit_softcapping", 0));
}

void describeGemma3(ConfigReader &config, proto::Model &model) {
  readSizes(config, model);
  proto::Block block = readGemmaBlock(config, model);
  proto::Attention &attention = *block.mutable_attention();
  attention.set_softcap(config.getNumber("attn_logit_softcapping", 0));
  uint32_t headDim = attention.head_dim();
  *attention.mutable_rope() =
      readRope(config, model, headDim, "rope_theta", 1e6, "full_attention");
  attention.mutable_query_key_norm()->set_part(proto::QueryKeyNorm::HEAD);
  proto::BlockTensors tensors = nameGemmaTensors(config);
  tensors.set_query_norm("model.layers.{layer}.self_attn.q_norm.weight");
  tensors.set_key_norm("model.layers.{layer}.self_attn.k_norm.weight");

  proto::Block windowed = addWindow(config, block, "sliding_window", 4096);
  *windowed.mutable_attention()->mutable_rope() = readRope(
      config, model, headDim, "rope_local_base_freq", 1e4, "sliding_attention");
  uint32_t period = config.getSize("sliding_window_pattern", 6);
  addWindowedLayers(config, model, block, windowed, tensors,
                    [&](uint32_t layer) { return (layer + 1) % period != 0; });
  readEnds(config, model, block.norm(), /*tiedByDefault=*/true);
  model.set_logit_softcap(config.getNumber("final_logit_softcapping", 0));
}

} // namespace mlir::eke
