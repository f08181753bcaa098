//===- Results.h - What a program computes ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Schedules change no result beyond the order of sums. Two programs of a model are
// compared by what they compute: the score of a text or, of an entry, its outputs.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_RESULTS_H
#define EKE_COMPILER_SEARCH_RESULTS_H

#include "compiler/meter/Launcher.h"
#include "compiler/meter/Workload.h"

namespace mlir::eke {

/// What one program has computed.
class Results {
public:
  /// Runs `program`: it scores a short text, or calls the entry of `workload` once.
  static llvm::Expected<Results>
  compute(const profile::CompiledProgram &program,
          const profile::Workload &workload, const profile::Launcher &launcher);

  /// Says how this differs from what is expected, if by more than rounding.
  std::optional<std::string> differsFrom(const Results &expected) const;

private:
  /// How well a language model predicts the text.
  std::optional<double> natsPerToken;
  /// The outputs of an entry, with their bytes.
  std::vector<std::pair<profile::Argument, std::string>> outputs;
};

/// Says how the elements of `argument` differ from those expected, if by more than
/// rounding: of floating point numbers, 1 % of the largest one; of small integers,
/// which are rounded themselves, 1; of others, nothing.
std::optional<std::string> compareOutputs(const profile::Argument &argument,
                                          llvm::StringRef bytes,
                                          llvm::StringRef expected);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_RESULTS_H
