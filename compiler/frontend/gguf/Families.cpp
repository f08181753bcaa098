//===- Families.cpp - Architectures of GGUF files -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/gguf/Families.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {
namespace {

constexpr GGUFFamily makeBert() {
  GGUFFamily family("bert");
  family.norm = proto::Norm::LAYER;
  family.hasNormsBefore = false;
  family.hasLearnedPositions = true;
  family.activation = proto::FeedForward::GELU;
  family.isGated = false;
  family.isEncoder = true;
  return family;
}

constexpr GGUFFamily makeGemma2() {
  GGUFFamily family("gemma2");
  family.hasNormsBehind = true;
  family.activation = proto::FeedForward::GELU_TANH;
  family.hasWindows = true;
  family.window = 4096;
  family.windowPeriod = 2;
  family.capsScores = family.capsLogits = true;
  family.scoreCap = 50;
  family.logitCap = 30;
  family.scalesEmbedding = true;
  family.widerLayers = 46;
  return family;
}

constexpr GGUFFamily makeGemma3() {
  GGUFFamily family("gemma3");
  family.hasNormsBehind = true;
  family.queryKeyNorm = proto::QueryKeyNorm::HEAD;
  family.activation = proto::FeedForward::GELU_TANH;
  family.hasWindows = true;
  family.windowPeriod = 6;
  family.windowTheta = 10000;
  family.scalesWindows = false;
  family.capsLogits = true;
  family.scalesEmbedding = true;
  family.widerLayers = 62;
  return family;
}

constexpr GGUFFamily makeGPT2() {
  GGUFFamily family("gpt2");
  family.norm = proto::Norm::LAYER;
  family.hasLearnedPositions = true;
  family.activation = proto::FeedForward::GELU_TANH;
  family.isGated = false;
  return family;
}

constexpr GGUFFamily makeLlama() {
  GGUFFamily family("llama");
  family.pairing = proto::Rope::INTERLEAVED;
  return family;
}

constexpr GGUFFamily makeOlmo2() {
  GGUFFamily family("olmo2");
  family.hasNormsBefore = false;
  family.hasNormsBehind = true;
  family.queryKeyNorm = proto::QueryKeyNorm::ALL;
  family.hasWindows = true;
  family.windowPeriod = 4;
  family.scalesWindows = false;
  return family;
}

constexpr GGUFFamily makePhi3() {
  GGUFFamily family("phi3");
  family.hasGateInUp = true;
  family.hasWindows = true;
  return family;
}

constexpr GGUFFamily makeQwen3() {
  GGUFFamily family("qwen3");
  family.queryKeyNorm = proto::QueryKeyNorm::HEAD;
  return family;
}

constexpr GGUFFamily makeSmolLM3() {
  GGUFFamily family("smollm3");
  family.pairing = proto::Rope::INTERLEAVED;
  family.unturnedPeriod = 4;
  return family;
}

/// Values that all families may have.
constexpr llvm::StringLiteral commonValues[] = {
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
    "block_count",
    "context_length",
    "embedding_length",
    "feed_forward_length",
    "rope.dimension_count",
    "rope.freq_base",
    "rope.scale_linear",
    "rope.scaling.attn_factor",
    "rope.scaling.factor",
    "rope.scaling.finetuned",
    "rope.scaling.original_context_length",
    "rope.scaling.type",
    "rope.scaling.yarn_attn_factor",
    "rope.scaling.yarn_beta_fast",
    "rope.scaling.yarn_beta_slow",
    "rope.scaling.yarn_log_multiplier",
    "tensor_data_layout",
    "vocab_size",
};

/// Values that change nothing if they are this number.
struct NeutralValue {
  llvm::StringLiteral name;
  double value;
};
constexpr NeutralValue neutralValues[] = {
    {"attention.sliding_window", 0},
    {"expert_count", 0},
    {"expert_used_count", 0},
    {"rope.scaling.yarn_ext_factor", 1},
};

} // namespace

llvm::ArrayRef<GGUFFamily> getGGUFFamilies() {
  static constexpr GGUFFamily families[] = {
      makeBert(),  makeGemma2(), makeGemma3(), makeGPT2(),
      makeLlama(), makeOlmo2(),  makePhi3(),   GGUFFamily("qwen2"),
      makeQwen3(), makeSmolLM3()};
  return families;
}

bool isKnownValue(const GGUFFamily &family, llvm::StringRef name) {
  if (name == "attention.layer_norm_rms_epsilon")
    return family.norm == proto::Norm::RMS;
  if (name == "attention.layer_norm_epsilon")
    return family.norm == proto::Norm::LAYER;
  if (name == "attn_logit_softcapping")
    return family.capsScores;
  if (name == "final_logit_softcapping")
    return family.capsLogits;
  if (name == "attention.sliding_window" ||
      name == "attention.sliding_window_pattern" ||
      name == "rope.freq_base_swa")
    return family.hasWindows;
  if (name == "attention.causal" || name == "pooling_type")
    return family.isEncoder;
  return llvm::is_contained(commonValues, name);
}

std::optional<double> getNeutralValue(llvm::StringRef name) {
  for (const NeutralValue &each : neutralValues)
    if (each.name == name)
      return each.value;
  return std::nullopt;
}

} // namespace mlir::eke
