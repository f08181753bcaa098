//===- Tracee.h - A program that stops where we like ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A native run under ptrace, which needs no privilege for a program that one has
// started. Only the first thread is looked at: the others run as ever.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_TRACEE_H
#define EKE_COMPILER_METER_TRACEE_H

#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <signal.h>

namespace mlir::eke::profile {

/// A running program. It ends with this object. Everything has to be called from
/// the thread that started it.
class Tracee {
public:
  using Duration = std::chrono::duration<double>;

  /// Whether this machine runs programs for `triple`, and we can stop them.
  static bool supports(const llvm::Triple &triple);

  /// Starts a program, which waits in front of its first instruction; `args[0]`
  /// is its path. What it says on standard error goes to the file `log`. `entryPoint`
  /// is linked to be where execution begins, and all addresses of code that are given
  /// and taken here are as they are linked.
  static llvm::Expected<std::unique_ptr<Tracee>>
  start(std::vector<std::string> args, const std::string &log,
        uint64_t entryPoint);
  ~Tracee();

  /// From now on the program stops in front of the instruction at `address`.
  llvm::Error addBreakpoint(uint64_t address);
  llvm::Error removeBreakpoints();

  enum class Stop { Breakpoint, Interrupt, Exit };

  /// Runs on to the next breakpoint, at most for `patience`.
  llvm::Expected<Stop> resume(Duration patience);

  /// Where it stopped: the next instruction, and the youngest byte of the stack.
  uint64_t getInstruction() const { return instruction - loadedAt; }
  uint64_t getStack() const { return stack; }

  /// The words of the stack from `begin` to `end`, each as the address of code that
  /// it may be; none if they cannot be read.
  std::vector<uint64_t> readStack(uint64_t begin, uint64_t end) const;

  /// How it ended: "exit status 2". Empty while it runs, and if all was well.
  const std::string &getFailure() const { return failure; }

private:
  Tracee();

  std::optional<int> waitFor(Duration patience);
  llvm::Expected<int> wait();
  llvm::Error stepOver();
  llvm::Error putByte(uint64_t address, uint8_t byte);
  llvm::Error readRegisters();
  llvm::Error findLoadAddress(uint64_t entryPoint);
  llvm::Error setInstruction(uint64_t address);
  bool hasEnded(int status);
  void forget();

  int pid = -1;
  sigset_t oldSignals;
  uint64_t instruction = 0, stack = 0;
  /// What loading has added to addresses.
  uint64_t loadedAt = 0;
  /// Addresses where they are loaded, and the byte that was there.
  std::map<uint64_t, uint8_t> breakpoints;
  bool isAtBreakpoint = false;
  /// Where it goes on from a breakpoint, until it has.
  uint64_t wokenAt = 0;
  std::string failure;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_TRACEE_H
