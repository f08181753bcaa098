//===- EntryMeter.h - What one call of an entry costs -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_ENTRYMETER_H
#define EKE_COMPILER_SEARCH_ENTRYMETER_H

#include "compiler/meter/Program.h"

namespace mlir::eke {

/// Measures calls of the entries of a language model: in seconds, where the program
/// is for this machine, and else in instructions, counted exactly.
class EntryMeter {
public:
  /// `path` is a program that was made of `model`, `compiler` the path of the running
  /// compiler. Fails if there is no way to run the program.
  static llvm::Expected<EntryMeter>
  create(llvm::StringRef path, llvm::StringRef model, llvm::StringRef compiler);

  /// The cost of a call of the entry for so many rows, in the middle of a context.
  llvm::Expected<double> measure(llvm::StringRef entry, int64_t rows);

  /// The bytes of weights that a call reads.
  double getWeightBytes(llvm::StringRef entry, int64_t rows) const;

  /// The rows of the entries of this name, ascending.
  std::vector<int64_t> getRows(llvm::StringRef entry) const;

  /// What costs are.
  llvm::StringRef getUnit() const { return unit; }
  /// What runs a program, in front of its path.
  const std::vector<std::string> &getLauncher() const { return launcher; }
  const profile::Program &getProgram() const { return program; }

private:
  EntryMeter() = default;

  llvm::Expected<double> time(llvm::ArrayRef<std::string> call) const;
  llvm::Expected<double> count(llvm::ArrayRef<std::string> call) const;

  profile::Program program;
  bool isHere = false;
  std::string unit, plugin;
  std::vector<std::string> launcher;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_ENTRYMETER_H
