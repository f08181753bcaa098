//===- CountProgram.h - Counts what a program executes ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_COUNTPROGRAM_H
#define EKE_COMPILER_METER_COUNTPROGRAM_H

#include "compiler/meter/Profile.h"

namespace mlir::eke {

/// What to count of a program.
struct CountOptions {
  /// What the program was made of: errors are about it.
  std::string name;
  /// The device, as on the command line; empty for the one of the program.
  std::string target;
  profile::WorkloadOptions workload;
  /// Simulate the device's caches as well?
  bool simulatesCaches = false;
};

/// Runs a program in an emulator, and counts. `program` is the path of the running
/// compiler.
llvm::Expected<profile::Profile> countProgram(llvm::StringRef path,
                                              const CountOptions &options,
                                              llvm::StringRef program);

} // namespace mlir::eke

#endif // EKE_COMPILER_METER_COUNTPROGRAM_H
