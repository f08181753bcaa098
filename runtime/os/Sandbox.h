//===- Sandbox.h - What a program gives up before it works ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_SANDBOX_H
#define EKE_RUNTIME_OS_SANDBOX_H

namespace eke::rt {

/// Keeps every page that the process has now in memory, weights included.
void lockMemory();

/// Forbids all threads, for the rest of the run, every system call but the few that
/// work needs: who tries another one is killed with the whole process. Files are open,
/// threads started and memory reserved before. With `handlesSignals`, handlers of signals
/// may return.
void enterSandbox(bool handlesSignals = false);

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_SANDBOX_H
