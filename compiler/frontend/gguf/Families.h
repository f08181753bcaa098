//===- Families.h - Architectures of GGUF files -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_GGUF_FAMILIES_H
#define EKE_COMPILER_FRONTEND_GGUF_FAMILIES_H

#include "compiler/frontend/Model.h"

#include "llvm/ADT/ArrayRef.h"

namespace mlir::eke {

/// What all files of an architecture have in common, and so none of them says.
struct GGUFFamily {
  explicit constexpr GGUFFamily(llvm::StringLiteral name) : name(name) {}

  /// As `general.architecture` has it.
  llvm::StringLiteral name;

  proto::Norm::Kind norm = proto::Norm::RMS;
  bool hasNormsBefore = true;
  bool hasNormsBehind = false;
  /// The norm of queries and keys; unspecified if there is none.
  proto::QueryKeyNorm::Part queryKeyNorm =
      proto::QueryKeyNorm::PART_UNSPECIFIED;

  /// Positions are vectors that are added to the embedding, and heads do not turn.
  bool hasLearnedPositions = false;
  /// Which elements of a head the rows of query and key have side by side.
  proto::Rope::Pairing pairing = proto::Rope::HALVES;
  /// The last of so many layers does not turn its heads. 0: all do.
  uint32_t unturnedPeriod = 0;

  proto::FeedForward::Activation activation = proto::FeedForward::SILU;
  bool isGated = true;
  /// The tensor "ffn_up" has the gate's rows, too, before its own.
  bool hasGateInUp = false;

  /// Whether layers may have a window, and its size if the file does not say one.
  bool hasWindows = false;
  uint32_t window = 0;
  /// The last of so many layers has no window. 0: all have one.
  uint32_t windowPeriod = 0;
  /// The base of rotations in layers with a window. 0: that of the others.
  double windowTheta = 0;
  /// Whether positions are scaled for layers with a window, as they are for the others.
  bool scalesWindows = true;

  /// Whether scores and logits are capped, and at what if the file does not say it.
  bool capsScores = false;
  bool capsLogits = false;
  double scoreCap = 0;
  double logitCap = 0;

  /// The embedding is multiplied by the root of the width.
  bool scalesEmbedding = false;
  /// It makes a vector of a text: each token attends to all, and norms stand behind each
  /// sum.
  bool isEncoder = false;
  /// The model of so many layers has scores that are divided by the root of the width of
  /// a head, in place of the length of its vectors.
  uint32_t widerLayers = 0;
};

llvm::ArrayRef<GGUFFamily> getGGUFFamilies();

/// Whether a description has a place for what files of the family say under this name,
/// or whether it changes nothing.
bool isKnownValue(const GGUFFamily &family, llvm::StringRef name);

/// What the value of this name has to be to change nothing, if that is one number.
std::optional<double> getNeutralValue(llvm::StringRef name);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_FAMILIES_H
