//===- Memory.cpp - Memory that nothing is linked into --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   eke_free │ reserved, one behind the other │ not yet │ eke_free_end
//===----------------------------------------------------------------------===//

#include "runtime/os/System.h"
#include "runtime/os/baremetal/Board.h"

#include <string.h>

namespace eke::rt {

static constexpr uint64_t alignment = 64;
static uint8_t *next = eke_free;

void *reserve(uint64_t bytes) {
  void *memory = reserveScratch(bytes);
  memset(memory, 0, size_t(bytes));
  return memory;
}

void *reserveScratch(uint64_t bytes) {
  uint64_t left = uint64_t(eke_free_end - next);
  uint64_t size = (bytes + alignment - 1) / alignment * alignment;
  if (bytes > left || size > left)
    failToRun("cannot reserve %llu bytes of memory: %llu are free",
              (unsigned long long)bytes, (unsigned long long)left);
  uint8_t *memory = next;
  next += size;
  return memory;
}

/// What was reserved last can be reserved again.
void release(void *memory, uint64_t bytes) {
  uint64_t size = (bytes + alignment - 1) / alignment * alignment;
  if (static_cast<uint8_t *>(memory) + size == next)
    next = static_cast<uint8_t *>(memory);
}

} // namespace eke::rt
