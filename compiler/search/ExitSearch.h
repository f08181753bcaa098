//===- ExitSearch.h - Where it pays to draft --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_EXITSEARCH_H
#define EKE_COMPILER_SEARCH_EXITSEARCH_H

#include "compiler/pipeline/Compilation.h"
#include "compiler/pipeline/LoadModule.h"

namespace mlir::eke {

/// Where to draft, and how much that brings.
struct FoundExit {
  /// Runs of blocks before the exit; 0: drafting would not pay.
  uint32_t run = 0;
  uint32_t drafts = 0;
  /// The tokens that the exit's head knows; 0: all, by the head itself.
  uint32_t draftTokens = 0;
  /// Of drafts, what share the whole model accepts.
  double acceptanceRate = 0;
  /// How many times as fast as plain decoding, as predicted.
  double speedUp = 0;
  DraftCosts costs;
};

/// Compiles `options.model` with exits at several depths, and predicts for each how
/// fast it decodes: from the share of drafts that are accepted where the model
/// continues pieces of the text `calibration`, on this machine, and from what a cycle
/// costs: its time, if this machine is the target, else the instructions of its
/// entries. Writes the table behind the choice to `log`.
llvm::Expected<FoundExit> searchExit(const CompileOptions &options,
                                     StringRef calibration, StringRef compiler,
                                     llvm::raw_ostream &log);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_EXITSEARCH_H
