//===- System.h - Files, memory and time ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_SYSTEM_H
#define EKE_RUNTIME_OS_SYSTEM_H

#include "runtime/os/Message.h"
#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// Are there processes, which have threads and ask a system for what they need?
inline constexpr bool hasProcesses =
#if defined(__linux__)
    true;
#else
    false;
#endif

/// Gives zeroed memory, aligned to 64 bytes, for the rest of the run. Meant for start-up:
/// fails if the system says that there is not so much.
void *reserve(uint64_t bytes);
/// The same, of which hardly all is needed: pages count only once they are touched.
void *reserveScratch(uint64_t bytes);
/// Gives back memory of either.
void release(void *memory, uint64_t bytes);
template <typename T> T *reserveArray(uint64_t count) {
  return static_cast<T *>(reserve(count * sizeof(T)));
}

/// The contents of a file, mapped where it can be.
Bytes readFile(const char *path);

/// Reads a file into memory of `capacity` bytes; returns how many it has, which may be
/// more than were read.
uint64_t readInto(const char *path, void *data, uint64_t capacity);

/// The contents of standard input, whatever that is.
Bytes readStandardInput();

/// Reads what there is of standard input, and waits for it. Returns how many bytes that is:
/// 0 at its end, -1 if a signal came.
int64_t readSome(void *data, size_t capacity);

/// Opens a file for writing, empty; "-" is standard output.
int openOutput(const char *path);
bool isTerminal(int fd);
void writeAll(int fd, const void *data, size_t size, const char *path);
/// Ends a file that `openOutput` opened.
void closeOutput(int fd, const char *path);

/// Is there a file of this name? Fails if it is no regular one.
bool isFile(const char *path);

/// A file that takes the place of another once it is whole: until then it has another
/// name, in the same folder.
class OutputReplacement {
public:
  explicit OutputReplacement(const char *path);

  void write(const void *data, size_t size);
  void keep();
  void discard();

private:
  const char *path;
  char temporary[hasProcesses ? 4096 : 256];
  int fd;
};

/// Text on its way to a file descriptor.
class Writer {
public:
  Writer(int fd, const char *path) : fd(fd), path(path) {}

  void put(const char *data, size_t size);
  void put(const char *text);
  /// Puts a name from outside, with what does not show escaped.
  void putPrintable(const char *text);
  __attribute__((format(printf, 2, 3))) void format(const char *format, ...);
  void flush();

  /// The last character put, or a newline at the start.
  char last = '\n';
  /// The bytes put so far.
  uint64_t total = 0;

private:
  int fd;
  const char *path;
  size_t size = 0;
  char buffer[512];
};

/// Seconds of a clock that only goes forward.
double now();

/// The file that says how much memory the process takes. It is opened before the
/// work, since a program may be one that opens nothing any more when it is read.
class MemoryStatus {
public:
  void open();
  /// The most that was resident so far, in bytes, or -1 where it is unknown.
  int64_t readPeak() const;
  /// The most of the stack that was used so far, where it is a fixed part of memory,
  /// or -1.
  int64_t readStack() const;

private:
  [[maybe_unused]] int fd = -1;
};

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
  [[maybe_unused]] int fd = -1;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_SYSTEM_H
