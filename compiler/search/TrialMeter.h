//===- TrialMeter.h - What a program costs ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_TRIALMETER_H
#define EKE_COMPILER_SEARCH_TRIALMETER_H

#include "compiler/meter/Sample.h"
#include "compiler/search/Cost.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// Runs programs of one model for one target, and measures them.
class TrialMeter {
public:
  /// `path` is one of these programs, made of `model`. `objective` is what to
  /// measure, or empty for what is best for `target`, a device as on the command
  /// line or empty. `compiler` is the path of the running compiler.
  static llvm::Expected<TrialMeter>
  create(llvm::StringRef path, llvm::StringRef model, llvm::StringRef objective,
         llvm::StringRef target, llvm::StringRef compiler);

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

  /// Has times compared with the times per token of an earlier search in place of
  /// those that the first measurement has found.
  void setUsual(double prompt, double decode) { usual = {prompt, decode}; }

  /// How well a program predicts a text, once one has been measured.
  llvm::Expected<double> score(llvm::StringRef path) const;

private:
  enum class Objective { Time, Cycles, Instructions };

  TrialMeter() = default;

  llvm::Expected<tune::Measurement> count(llvm::StringRef path);
  llvm::Expected<tune::Measurement> time(llvm::StringRef path, unsigned effort);
  llvm::Error addSamples(llvm::StringRef path, double seconds,
                         profile::Samples &sum) const;

  std::string usualPath, model, modelName, target, compiler, unit;
  Objective objective = Objective::Cycles;
  uint64_t tokens = 4, promptTokens = 0;
  /// How often the pipelines run, whatever their schedules are.
  llvm::StringMap<uint64_t> calls;
  /// The times per token of the program that was measured first, then, in
  /// nanoseconds: of the prompt and of what is decoded.
  std::optional<std::pair<double, double>> usual;
  /// What runs a program.
  std::vector<std::string> launcher;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_TRIALMETER_H
