//===- ExitOptions.h - Where a model may stop, by options -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_EXITOPTIONS_H
#define EKE_COMPILER_PIPELINE_EXITOPTIONS_H

#include "compiler/frontend/Model.h"

namespace mlir::eke {

/// The options `--exit`, `--drafts`, `--draft-tokens` and `--threshold` as they were
/// given; empty where they were not.
struct ExitOptions {
  std::string exit, drafts, draftTokens, threshold;

  bool drafting() const { return !drafts.empty() || !draftTokens.empty(); }
  bool isEmpty() const {
    return exit.empty() && !drafting() && threshold.empty();
  }
};

/// What drafting costs, as `eke-outline-exits` takes it; no rows: not known.
struct DraftCosts {
  float head = -1, exitHead = -1;
  llvm::SmallVector<float> rows;
};

/// How many runs of blocks a model has.
uint64_t countRuns(const proto::Model &model);

/// Replaces the exits of `description` by what the options ask for, if they ask
/// for something. An exit that the description has behind the same run keeps its
/// head and its norm.
llvm::Error applyExits(const ExitOptions &options,
                       ModelDescription &description);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_EXITOPTIONS_H
