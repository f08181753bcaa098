//===- Terminal.cpp - Somebody who types ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Terminal.h"

namespace eke::rt {

// What the host sees of keys that interrupt ends the program there.
void catchInterrupts() {}
bool takeInterrupt() { return false; }

} // namespace eke::rt
