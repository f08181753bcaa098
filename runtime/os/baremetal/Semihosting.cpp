//===- Semihosting.cpp - Asking the debugger or emulator ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/baremetal/Semihosting.h"

#include <string.h>

namespace eke::rt::host {

namespace {

enum Operation : uint32_t {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_ISTTY = 0x09,
  SYS_FLEN = 0x0c,
  SYS_REMOVE = 0x0e,
  SYS_RENAME = 0x0f,
  SYS_CLOCK = 0x10,
  SYS_ERRNO = 0x13,
  SYS_GET_CMDLINE = 0x15,
  SYS_EXIT_EXTENDED = 0x20,
};

uint32_t word(const void *pointer) {
  return uint32_t(reinterpret_cast<uintptr_t>(pointer));
}

/// The break that debuggers and emulators know: the operation in r0, a pointer to its
/// words in r1.
int32_t ask(Operation operation, const void *words) {
  register uint32_t r0 asm("r0") = operation;
  register const void *r1 asm("r1") = words;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return int32_t(r0);
}

template <int count>
int32_t ask(Operation operation, const uint32_t (&words)[count]) {
  return ask(operation, static_cast<const void *>(words));
}

} // namespace

int open(const char *path, Mode mode) {
  return ask(SYS_OPEN, {word(path), uint32_t(mode), uint32_t(strlen(path))});
}

bool close(int handle) { return ask(SYS_CLOSE, {uint32_t(handle)}) == 0; }

/// What is left to do, of which both operations tell; -1 is an error for some hosts.
static int64_t countDone(int32_t left, size_t size) {
  return left < 0 || uint32_t(left) > size ? -1 : int64_t(size) - left;
}

int64_t read(int handle, void *data, size_t size) {
  return countDone(ask(SYS_READ, {uint32_t(handle), word(data), size}), size);
}

int64_t write(int handle, const void *data, size_t size) {
  return countDone(ask(SYS_WRITE, {uint32_t(handle), word(data), size}), size);
}

int64_t getLength(int handle) { return ask(SYS_FLEN, {uint32_t(handle)}); }

bool isTerminal(int handle) { return ask(SYS_ISTTY, {uint32_t(handle)}) == 1; }

bool remove(const char *path) {
  return ask(SYS_REMOVE, {word(path), uint32_t(strlen(path))}) == 0;
}

bool rename(const char *from, const char *to) {
  return ask(SYS_RENAME, {word(from), uint32_t(strlen(from)), word(to),
                          uint32_t(strlen(to))}) == 0;
}

int getError() { return ask(SYS_ERRNO, nullptr); }

bool readCommandLine(char *text, size_t size) {
  return ask(SYS_GET_CMDLINE, {word(text), size}) == 0;
}

int64_t getTime() { return ask(SYS_CLOCK, nullptr); }

void exit(int status) {
  constexpr uint32_t applicationExit = 0x20026;
  ask(SYS_EXIT_EXTENDED, {applicationExit, uint32_t(status)});
  for (;;) // whoever listens has not understood
    asm volatile("wfi");
}

} // namespace eke::rt::host
