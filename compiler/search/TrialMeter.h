//===- TrialMeter.h - What a program costs ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_TRIALMETER_H
#define EKE_COMPILER_SEARCH_TRIALMETER_H

#include "compiler/meter/Sample.h"
#include "compiler/search/Cost.h"
#include "compiler/search/Results.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// What a search lowers.
enum class Objective { Time, Cycles, Instructions };

/// How to measure programs.
struct TrialOptions {
  /// What is compiled: errors are about it.
  std::string model;
  /// What to measure; by default what is best for the device.
  std::optional<Objective> objective;
  /// The device, as on the command line.
  std::string target;
  /// The entry to call and its inputs, of a language model to be chosen.
  profile::WorkloadOptions workload;
};

/// Runs programs of one model for one target, and measures them.
class TrialMeter {
public:
  /// `path` is one of these programs, `compiler` the path of the running compiler.
  static llvm::Expected<TrialMeter> create(llvm::StringRef path,
                                           const TrialOptions &options,
                                           llvm::StringRef compiler);

  /// Runs a program. The first has to be the one that the meter was created for:
  /// times are compared with its time.
  /// `effort` is how often to run it, where runs differ.
  llvm::Expected<tune::Measurement> measure(llvm::StringRef path,
                                            unsigned effort = 1);

  /// What costs are, as the first measurement has found.
  const std::string &getUnit() const { return unit; }
  /// The name that the model gives itself.
  const std::string &getModelName() const { return modelName; }
  /// What share of a cost is no difference, however exact it is. An estimate
  /// depends a little on where code lies, which another kernel's schedule changes.
  double getNoise() const;
  /// Do two runs of a program measure the same?
  bool isExact() const { return objective != Objective::Time; }

  /// What a step is: "token" or "call".
  llvm::StringRef getStepName() const { return stepName; }

  /// Has times compared with the times per step of an earlier search in place of
  /// those that the first measurement has found.
  void setUsual(double prompt, double step) { usual = {prompt, step}; }

  /// What a program computes.
  llvm::Expected<Results> compute(llvm::StringRef path) const;

private:
  TrialMeter() = default;

  llvm::Expected<tune::Measurement> count(llvm::StringRef path);
  llvm::Expected<tune::Measurement> time(llvm::StringRef path, unsigned effort);
  llvm::Error addSamples(llvm::StringRef path, double seconds,
                         profile::Samples &sum) const;

  TrialOptions options;
  std::string usualPath, modelName, compiler, unit, stepName;
  Objective objective = Objective::Cycles;
  /// How often the pipelines run, whatever their schedules are.
  llvm::StringMap<uint64_t> calls;
  /// The times per step of the program that was measured first, then, in
  /// nanoseconds: of the prompt and of what repeats.
  std::optional<std::pair<double, double>> usual;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_TRIALMETER_H
