//===- TuneReport.h - What a search has found -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_TUNEREPORT_H
#define EKE_COMPILER_SEARCH_TUNEREPORT_H

#include "compiler/search/KernelSearch.h"

#include "llvm/Support/raw_ostream.h"

#include <vector>

namespace mlir::eke {

/// The end of a search.
struct TuneResult {
  /// What the model and its options are, in one line: "pydoc-lm for cortex-a76".
  std::string subject;
  /// What costs are, in one line: "cycles, estimated …".
  std::string unit;
  /// The target and the format of weights that the schedules are for.
  std::string target, weights;
  std::vector<tune::KernelSearch> kernels;
  /// What repeats: "token" or "call".
  std::string stepName;
  /// Per step and per token of the prompt, with the schedules of the recipes and with
  /// the best. What is no language model has no prompt.
  double usualStep = 0, bestStep = 0, usualPrompt = 0, bestPrompt = 0;
  /// Did the search go through everything?
  bool isComplete = true;
};

/// Prints a table of the kernels, most expensive first.
void printTuneTable(const TuneResult &result, llvm::raw_ostream &os);

/// Prints the file of schedules: an entry for each kernel that got better.
void printSchedules(const TuneResult &result, llvm::raw_ostream &os);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_TUNEREPORT_H
