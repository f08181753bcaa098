//===- Counters.cpp - Time, memory and instructions used ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/System.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace eke::rt {

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

void MemoryStatus::open() {
  fd = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
}

int64_t MemoryStatus::readPeak() const {
  // Not getrusage: its figure may be of the process that started this one.
  char text[4096];
  ssize_t size = fd < 0 ? -1 : ::read(fd, text, sizeof(text) - 1);
  if (size < 0)
    return -1;
  text[size] = 0;
  static const char key[] = "VmHWM:";
  const char *at = strstr(text, key);
  return at ? strtoll(at + sizeof(key) - 1, nullptr, 10) * 1024 : -1;
}

int64_t MemoryStatus::readStack() const { return -1; }

uint64_t codeBytes() {
  auto *header = reinterpret_cast<const ElfW(Phdr) *>(getauxval(AT_PHDR));
  uint64_t bytes = 0;
  for (unsigned long i = 0; i < getauxval(AT_PHNUM); ++i)
    if (header[i].p_type == PT_LOAD && (header[i].p_flags & PF_X))
      bytes += header[i].p_memsz;
  return bytes;
}

void InstructionCounter::open() {
  perf_event_attr event;
  memset(&event, 0, sizeof(event));
  event.size = sizeof(event);
  event.type = PERF_TYPE_HARDWARE;
  event.config = PERF_COUNT_HW_INSTRUCTIONS;
  event.inherit = 1;
  event.exclude_kernel = 1;
  event.exclude_hv = 1;
  fd = int(
      syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

int64_t InstructionCounter::read() const {
  int64_t count;
  if (fd < 0 || ::read(fd, &count, sizeof(count)) != sizeof(count))
    return -1;
  return count;
}

} // namespace eke::rt
