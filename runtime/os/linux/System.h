//===- System.h - Files, memory, time and messages --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_LINUX_SYSTEM_H
#define EKE_RUNTIME_OS_LINUX_SYSTEM_H

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// Remembers the program's name, for messages.
void setProgramName(const char *argv0);
const char *programName();

/// Writes one line `NAME: error: …` to stderr and exits with status 2.
[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(const char *format,
                                                             ...);

/// Gives zeroed memory, page-aligned, for the rest of the run; pages count only
/// once they are touched. Meant for start-up.
void *reserve(uint64_t bytes);
template <typename T> T *reserveArray(uint64_t count) {
  return static_cast<T *>(reserve(count * sizeof(T)));
}

/// The contents of a file, mapped where it can be.
Bytes readFile(const char *path);

/// Opens a file for writing, empty; "-" is standard output.
int openOutput(const char *path);
bool isTerminal(int fd);
void writeAll(int fd, const void *data, size_t size, const char *path);

/// Text on its way to a file descriptor.
class Writer {
public:
  Writer(int fd, const char *path) : fd(fd), path(path) {}

  void put(const char *data, size_t size);
  void put(const char *text);
  __attribute__((format(printf, 2, 3))) void format(const char *format, ...);
  void flush();

  /// The last character put, or a newline at the start.
  char last = '\n';

private:
  int fd;
  const char *path;
  size_t size = 0;
  char buffer[512];
};

/// Seconds of a clock that only goes forward.
double now();

/// The most memory the process had resident, in bytes; `before` is what
/// `peakRssAtStart` said when it began.
uint64_t peakRss(uint64_t before);
uint64_t peakRssAtStart();

/// Bytes of the program's executable segments.
uint64_t codeBytes();

/// Counts the instructions this process and its later threads execute in user
/// mode, where the kernel lets it.
class InstructionCounter {
public:
  void open();
  /// The count so far, or -1 where it is unknown.
  int64_t read() const;

private:
  int fd = -1;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_LINUX_SYSTEM_H
