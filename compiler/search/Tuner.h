//===- Tuner.h - The search for a model's schedules -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model --compile--> program --run--> costs --> next schedule of each kernel
//     ^------------------------------------------------------┘
//
// Kernels are independent, so each round tries one schedule of every kernel.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_TUNER_H
#define EKE_COMPILER_SEARCH_TUNER_H

#include "compiler/search/Journal.h"
#include "compiler/search/TrialCompiler.h"
#include "compiler/search/TrialMeter.h"
#include "compiler/search/TuneReport.h"
#include "compiler/support/ProgressBar.h"
#include "compiler/support/TemporaryFolder.h"

#include <chrono>

namespace mlir::eke {

/// What the command line says about a search.
struct TuneOptions {
  CompileOptions compile;
  std::string output = "schedules.mlir";
  double minutes = 10;
  /// What to lower; by default what is best for the device.
  std::optional<Objective> objective;
  /// The entry to call, and its inputs.
  profile::WorkloadOptions workload;
};

/// One search.
class Tuner {
public:
  /// `program` is the path of the running compiler.
  Tuner(const TuneOptions &options, StringRef program)
      : options(options), program(program), compiler(options.compile, program) {
  }

  /// Searches, and writes and prints what was found. Reports what is wrong.
  LogicalResult run();

private:
  using Clock = std::chrono::steady_clock;
  using Measurement = tune::Measurement;
  /// The schedule to try for each kernel; null if there is none.
  using Proposals = std::vector<ArrayAttr>;

  double getElapsed() const {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }
  /// Reports an error, if it is one.
  LogicalResult report(llvm::Error error);
  LogicalResult prepare();
  LogicalResult rebase(Measurement &usual);
  LogicalResult search();
  LogicalResult compile(Proposals &proposals);
  bool answerFromJournal(const Proposals &proposals);
  LogicalResult runRound(Proposals &proposals);
  LogicalResult confirm();
  LogicalResult checkResults();
  LogicalResult write();
  FailureOr<Measurement> measure(StringRef path, unsigned effort = 1);
  LogicalResult measureBoth(Measurement &usual, Measurement &best,
                            unsigned effort);
  void showProgress();
  std::string getKey();
  std::string getJournalPath() const { return options.output + ".progress"; }

  const TuneOptions &options;
  StringRef program;
  Clock::time_point begin = Clock::now();
  TrialCompiler compiler;
  std::optional<TrialMeter> meter;
  std::optional<tune::Journal> journal;
  /// Holds the programs by the recipes' schedules and by those that are tried.
  std::optional<TemporaryFolder> folder;
  std::string usualProgram, trialProgram;
  std::optional<ProgressBar> bar;
  TuneResult result;
  Measurement measuredUsual;
  /// What the program by the recipes' schedules computes.
  std::optional<Results> usualResults;
  unsigned round = 0, rounds = 0;
  /// The effort of so many rounds took so long.
  unsigned measuredRounds = 0;
  double measuredSeconds = 0;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_TUNER_H
