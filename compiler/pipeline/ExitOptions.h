//===- ExitOptions.h - Where a model may stop, by options -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_EXITOPTIONS_H
#define EKE_COMPILER_PIPELINE_EXITOPTIONS_H

#include "compiler/frontend/Model.h"

#include <optional>

namespace mlir::eke {

/// The options `--exit`, `--drafts`, `--draft-tokens`, `--threshold` and
/// `--acceptance-rate`, where they were given.
struct ExitOptions {
  /// The run of a block behind which the model may stop; 0: it stops nowhere.
  std::optional<uint32_t> run;
  /// From 1 to `maxDrafts`.
  std::optional<uint32_t> drafts;
  /// At least 1.
  std::optional<uint64_t> draftTokens;
  /// Between 0 and 1.
  std::optional<double> threshold;
  /// Of drafts, what share is accepted: from 0 to 1.
  std::optional<double> acceptanceRate;

  bool drafting() const { return drafts || draftTokens || acceptanceRate; }
  bool isEmpty() const { return !run && !drafting() && !threshold; }
};

/// Says which of the options do not go together, if some do not.
llvm::Error checkExitOptions(const ExitOptions &options);

/// What drafting costs, as `eke-outline-exits` takes it; no rows: not known.
struct DraftCosts {
  float head = -1, exitHead = -1;
  llvm::SmallVector<float> rows;
};

/// How many runs of blocks a model has.
uint64_t countRuns(const proto::Model &model);

/// Replaces the exits of `description` by what the options ask for, if they ask
/// for something. The options go together. An exit that the description has behind the same run keeps its
/// head and its norm.
llvm::Error applyExits(const ExitOptions &options,
                       ModelDescription &description);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_EXITOPTIONS_H
