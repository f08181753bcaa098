//===- Launcher.h - Running compiled programs -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_LAUNCHER_H
#define EKE_COMPILER_METER_LAUNCHER_H

#include "compiler/meter/CompiledProgram.h"
#include "compiler/support/Process.h"
#include "compiler/targets/Targets.h"

#include "llvm/Support/JSON.h"

namespace mlir::eke::profile {

/// What runs the programs for a device on this machine: nothing, or an emulator.
class Launcher {
public:
  /// Programs for this machine start by themselves.
  static Launcher native() { return Launcher(); }

  /// qemu, as the profile of the device describes it.
  static Launcher emulate(const TargetProfile &target);

  bool isNative() const { return emulator.empty(); }
  /// "qemu-aarch64 -cpu cortex-a76"
  std::string describe() const;

  /// Runs the program; errors name it.
  llvm::Expected<ProcessOutput> run(const CompiledProgram &program,
                                    llvm::ArrayRef<std::string> args) const;

  /// The same; returns what the program writes to `--stats`.
  llvm::Expected<llvm::json::Object>
  runForStatistics(const CompiledProgram &program,
                   llvm::ArrayRef<std::string> args) const;

  /// Has an emulator count; returns what the plugin writes. `plan` is what it is to
  /// tell apart, `compiler` the path of the running compiler, which it lies beside.
  llvm::Expected<std::string> runAndCount(const CompiledProgram &program,
                                          llvm::ArrayRef<std::string> args,
                                          llvm::StringRef plan,
                                          llvm::StringRef compiler) const;

private:
  /// The emulator and its arguments.
  std::vector<std::string> emulator;
  /// Whose programs it runs.
  TargetProfile target;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_LAUNCHER_H
