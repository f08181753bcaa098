//===- EntryMeter.h - What one call of an entry costs -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_ENTRYMETER_H
#define EKE_COMPILER_SEARCH_ENTRYMETER_H

#include "compiler/meter/Launcher.h"
#include "compiler/meter/Workload.h"

namespace mlir::eke {

/// Measures calls of the entries of a language model: in seconds, where the program
/// is for this machine, and else in instructions, counted exactly.
class EntryMeter {
public:
  /// `path` is a program that was made of `model`, `compiler` the path of the running
  /// compiler. Fails if there is no way to run the program.
  static llvm::Expected<EntryMeter>
  create(llvm::StringRef path, llvm::StringRef model, llvm::StringRef compiler);

  /// The cost of a call of the entry of this role for so many rows, in the middle of a
  /// context.
  llvm::Expected<double> measure(llvm::StringRef role, int64_t rows);

  /// The bytes of weights that a call reads.
  double getWeightBytes(llvm::StringRef role, int64_t rows) const;

  /// The rows of the entries of this role, ascending.
  std::vector<int64_t> getRows(llvm::StringRef role) const;

  /// What costs are.
  llvm::StringRef getUnit() const { return unit; }
  /// Is the program for this machine?
  bool isHere() const { return launcher.isNative(); }

private:
  EntryMeter() = default;

  llvm::Expected<double> time(const profile::Workload &workload) const;
  llvm::Expected<double> count(const profile::Workload &workload) const;

  profile::CompiledProgram program;
  profile::Launcher launcher;
  std::string unit, compiler;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_ENTRYMETER_H
