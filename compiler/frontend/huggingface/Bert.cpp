//===- Bert.cpp - Encoders of the family of BERT --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/huggingface/Families.h"
#include "compiler/frontend/huggingface/Parts.h"

namespace mlir::eke {

static proto::BlockTensors nameBertTensors(const std::string &prefix) {
  auto inLayer = [&](llvm::StringRef name) {
    return (prefix + "encoder.layer.{layer}." + name).str();
  };
  proto::BlockTensors tensors;
  tensors.set_query(inLayer("attention.self.query.weight"));
  tensors.set_query_bias(inLayer("attention.self.query.bias"));
  tensors.set_key(inLayer("attention.self.key.weight"));
  tensors.set_key_bias(inLayer("attention.self.key.bias"));
  tensors.set_value(inLayer("attention.self.value.weight"));
  tensors.set_value_bias(inLayer("attention.self.value.bias"));
  tensors.set_output(inLayer("attention.output.dense.weight"));
  tensors.set_output_bias(inLayer("attention.output.dense.bias"));
  tensors.set_attention_sum_norm(inLayer("attention.output.LayerNorm.weight"));
  tensors.set_attention_sum_norm_bias(
      inLayer("attention.output.LayerNorm.bias"));
  tensors.set_up(inLayer("intermediate.dense.weight"));
  tensors.set_up_bias(inLayer("intermediate.dense.bias"));
  tensors.set_down(inLayer("output.dense.weight"));
  tensors.set_down_bias(inLayer("output.dense.bias"));
  tensors.set_feed_forward_sum_norm(inLayer("output.LayerNorm.weight"));
  tensors.set_feed_forward_sum_norm_bias(inLayer("output.LayerNorm.bias"));
  return tensors;
}

void describeBert(ConfigReader &config, proto::Model &model) {
  if (std::string type = config.getText("position_embedding_type");
      !type.empty() && type != "absolute")
    config.fail("'position_embedding_type' is '" + type +
                "', which is not supported; expected absolute");
  config.expectFlag("is_decoder", false);
  config.expectFlag("add_cross_attention", false);
  readSizes(config, model);
  proto::Block block = makeLayerNormBlock(
      config, model.width(), config.getSize("num_attention_heads"),
      config.getSize("intermediate_size"),
      config.getNumber("layer_norm_eps", 1e-12));
  block.set_name("layer");
  block.mutable_feed_forward()->set_activation(
      config.has("hidden_act") ? readActivation(config, "hidden_act")
                               : proto::FeedForward::GELU);

  // Checkpoints of the model with a head for some task have a prefix.
  const std::string prefix =
      config.hasWeight("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  const std::string embeddings = prefix + "embeddings.";
  addLayers(config, model, block, nameBertTensors(prefix));
  model.set_embedding(embeddings + "word_embeddings.weight");
  model.mutable_positions()->set_tensor(embeddings +
                                        "position_embeddings.weight");
  model.set_token_types(embeddings + "token_type_embeddings.weight");
  model.set_embedding_norm(embeddings + "LayerNorm.weight");
  model.set_embedding_norm_bias(embeddings + "LayerNorm.bias");
  // Numbers of positions, and what a classifier of the first token would read.
  for (const std::string &name :
       {embeddings + "position_ids", prefix + "pooler.dense.weight",
        prefix + "pooler.dense.bias"})
    if (config.hasWeight(name))
      model.add_unused_tensors(name);
  model.mutable_encoder();
}

} // namespace mlir::eke
