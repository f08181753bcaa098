//===- Terminal.cpp - Somebody who types ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Terminal.h"

#include <signal.h>

namespace eke::rt {

static volatile sig_atomic_t interrupted;

void catchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  // No SA_RESTART: who waits for a line is told.
  sigaction(SIGINT, &action, nullptr);
}

bool takeInterrupt() {
  bool was = interrupted;
  interrupted = 0;
  return was;
}

} // namespace eke::rt
