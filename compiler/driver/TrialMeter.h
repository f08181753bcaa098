//===- TrialMeter.h - What a program costs ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_TRIALMETER_H
#define EKE_COMPILER_DRIVER_TRIALMETER_H

#include "compiler/tune/Cost.h"

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

  llvm::Expected<tune::Measurement> measure(llvm::StringRef path);

  /// What costs are, as the first measurement has found.
  const std::string &getUnit() const { return unit; }
  /// The name that the model gives itself.
  const std::string &getModelName() const { return modelName; }
  /// What share of a cost is no difference. An estimate depends a little on where
  /// code lies, which another kernel's schedule changes.
  double getNoise() const { return objective == Objective::Cycles ? 0.01 : 0; }
  /// Do two runs of a program measure the same?
  bool isExact() const { return true; }

  /// How well a program predicts a text, once one has been measured.
  llvm::Expected<double> score(llvm::StringRef path) const;

private:
  enum class Objective { Cycles, Instructions };

  TrialMeter() = default;

  std::string model, modelName, target, compiler, unit;
  Objective objective = Objective::Cycles;
  uint64_t tokens = 4, promptTokens = 0;
  /// What runs a program.
  std::vector<std::string> launcher;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_TRIALMETER_H
