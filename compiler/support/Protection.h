//===- Protection.h - How the process may end -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// However the compiler ends, it leaves no temporary file and no child behind, and
// says why on one line. What could be left behind is registered here before it comes
// into being, under a guard that no signal interrupts.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_PROTECTION_H
#define EKE_COMPILER_SUPPORT_PROTECTION_H

#include "llvm/ADT/StringRef.h"

#include <csignal>
#include <optional>

#include <sys/types.h>

namespace mlir::eke {

/// The first thing a program does: descriptors 0 to 2 are open, signals that end the
/// process clean up first, and a crash or a lack of memory is one line. A file that is
/// too large is an error of the call that writes it, and so is a broken pipe.
void protectProcess();

/// Prints `eke: error: …`, cleans up, and ends the process. Allocates nothing.
[[noreturn]] void endProcess(const char *reason, int code);

/// While one lives, no signal ends this process, and no other thread has one.
class LeftoverGuard {
public:
  LeftoverGuard();
  ~LeftoverGuard();
  LeftoverGuard(const LeftoverGuard &) = delete;
  LeftoverGuard &operator=(const LeftoverGuard &) = delete;

  /// The signals that were blocked before, for children.
  const sigset_t &getSignals() const { return signals; }

  // What is to vanish with the process: a file, the folder with all it holds, or a
  // child with its group. False if there is no room to remember it.
  bool addFile(const char *path);
  void dropFile(const char *path);
  bool addFolder(const char *path);
  void dropFolder();
  bool addChild(pid_t child);
  void dropChild(pid_t child);

private:
  sigset_t signals;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_PROTECTION_H
