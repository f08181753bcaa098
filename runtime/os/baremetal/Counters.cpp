//===- Counters.cpp - Time and memory used --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/System.h"
#include "runtime/os/baremetal/Board.h"
#include "runtime/os/baremetal/Semihosting.h"

namespace eke::rt {

double now() { return 1e-2 * double(host::getTime()); }

void MemoryStatus::open() {}
int64_t MemoryStatus::readPeak() const { return -1; }

int64_t MemoryStatus::readStack() const {
  const uint32_t *used = eke_stack_limit;
  while (used != eke_stack_top && *used == stackPaint)
    ++used;
  return int64_t(eke_stack_top - used) * int64_t(sizeof *used);
}

uint64_t codeBytes() { return uint64_t(eke_code_end - eke_code); }

void InstructionCounter::open() {}
int64_t InstructionCounter::read() const { return -1; }

} // namespace eke::rt
