//===- Parts.h - What several families have in common -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_HUGGINGFACE_PARTS_H
#define EKE_COMPILER_FRONTEND_HUGGINGFACE_PARTS_H

#include "compiler/frontend/Layers.h"
#include "compiler/frontend/huggingface/ConfigReader.h"

namespace mlir::eke {

inline constexpr llvm::StringLiteral kHeadTensor = "lm_head.weight";

/// Context, width, vocabulary, start and ends of a text.
void readSizes(ConfigReader &config, proto::Model &model);

/// Head counts, head size and feed-forward size, with a gate, of a Llama-like block that
/// is called "decoder"; queries and keys turn as the configuration says. Without a
/// `head_dim` heads share the width, or have `headDim` elements if that is not 0;
/// `theta` is the base of the rotary embedding if nothing says another one.
proto::Block readBlock(ConfigReader &config, proto::Model &model,
                       uint32_t headDim = 0, double theta = 10000);

/// A block of layer norms and a feed-forward layer without a gate, which is called
/// "decoder" and does not turn.
proto::Block makeLayerNormBlock(ConfigReader &config, uint32_t width,
                                uint32_t heads, uint32_t hidden,
                                double epsilon);

/// The activation that `key` names; absent: SILU.
proto::FeedForward::Activation readActivation(ConfigReader &config,
                                              llvm::StringRef key);

/// The names of the tensors of a Llama-like block, without biases.
proto::BlockTensors nameTensors();
void nameBiases(proto::BlockTensors &tensors, bool queryKeyValue, bool output,
                bool feedForward);

/// The number that `key` says, bounded: a wrong one shall not make a list of billions.
uint32_t countLayers(ConfigReader &config,
                     llvm::StringRef key = "num_hidden_layers");

/// The block with a window of so many positions as `key` says, under a name of its own.
proto::Block addWindow(ConfigReader &config, const proto::Block &whole,
                       llvm::StringRef key = "sliding_window",
                       uint32_t fallback = 0);

/// Adds layers that are all alike.
void addLayers(ConfigReader &config, proto::Model &model,
               const proto::Block &block, const proto::BlockTensors &tensors,
               uint32_t repeats = 1);

/// Adds layers of which some have a window: those of `kind` in "layer_types", or without
/// such a list those for which `hasWindow` says so.
void addWindowedLayers(ConfigReader &config, proto::Model &model,
                       const proto::Block &whole, const proto::Block &windowed,
                       const proto::BlockTensors &tensors,
                       llvm::function_ref<bool(uint32_t)> hasWindow);

/// The embedding before Llama-like blocks, the norm and head behind them.
/// `tiedByDefault`: what an absent `tie_word_embeddings` means.
void readEnds(ConfigReader &config, proto::Model &model,
              const proto::Norm &norm, bool tiedByDefault = false);

/// The rotary embedding of heads of `headDim` elements. It bounds the model's context
/// where rotations are other ones beyond. `thetaKey` is where old configurations have
/// the base, and `layers` the key of an object of its own for some of the layers.
proto::Rope readRope(ConfigReader &config, proto::Model &model,
                     uint32_t headDim, llvm::StringRef thetaKey = "rope_theta",
                     double theta = 10000, llvm::StringRef layers = "");

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_HUGGINGFACE_PARTS_H
