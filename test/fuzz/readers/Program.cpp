//===- Program.cpp - A program's command line, attacked -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   argument          an argument a line, up to an empty line
//   argument
//
//   bytes             what is in every file whose name starts with 'i', and in standard
//                     input
//
// main runs in this process again and again, so what it asks of the system is
// answered here: a run ends where it would exit, files are in memory, and what it
// maps and opens is given back. Linked with --wrap.
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/readers/Reader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cerrno>
#include <csetjmp>
#include <cstdarg>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

int runProgram(int argc, char **argv); // its main

using mlir::eke::test::require;

namespace {

/// One run of the program.
struct Run {
  bool isOn = false;
  std::jmp_buf end;
  int status = 0;
  int standardInput = -1; ///< opened when it is read
  std::string errors;
  std::vector<std::pair<void *, size_t>> mappings;
};

Run run;

/// Lets the sanitizer see what the kernel would read.
void requireReadable(const void *data, size_t size) {
  volatile uint64_t sum = 0;
  for (size_t i = 0; i < size; ++i)
    sum = sum + static_cast<const uint8_t *>(data)[i];
}

mlir::eke::test::MemoryFile &getFile() {
  static mlir::eke::test::MemoryFile file;
  return file;
}

} // namespace

extern "C" {
[[noreturn]] void __real__exit(int status);
ssize_t __real_read(int descriptor, void *data, size_t size);
ssize_t __real_write(int descriptor, const void *data, size_t size);
int __real_open(const char *path, int flags, ...);
void *__real_mmap(void *at, size_t size, int protection, int flags,
                  int descriptor, off_t offset);
int __real_munmap(void *at, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);

[[noreturn]] void __wrap__exit(int status) {
  if (!run.isOn)
    __real__exit(status);
  run.status = status;
  std::longjmp(run.end, 1);
}

ssize_t __wrap_write(int descriptor, const void *data, size_t size) {
  if (!run.isOn)
    return __real_write(descriptor, data, size);
  if (descriptor == STDERR_FILENO)
    run.errors.append(static_cast<const char *>(data), size);
  else
    requireReadable(data, size);
  return ssize_t(size);
}

ssize_t __wrap_read(int descriptor, void *data, size_t size) {
  if (!run.isOn || descriptor != STDIN_FILENO)
    return __real_read(descriptor, data, size);
  if (run.standardInput < 0)
    run.standardInput =
        __real_open(getFile().getPath().data(), O_RDONLY | O_CLOEXEC);
  return __real_read(run.standardInput, data, size);
}

int __wrap_open(const char *path, int flags, ...) {
  if (!run.isOn) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return __real_open(path, flags, mode);
  }
  if ((flags & O_ACCMODE) != O_RDONLY)
    return __real_open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (*path == 'i')
    return __real_open(getFile().getPath().data(), O_RDONLY | O_CLOEXEC);
  if (std::strncmp(path, "/proc/self/", 11) == 0)
    return __real_open(path, flags);
  errno = ENOENT;
  return -1;
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags,
                  int descriptor, off_t offset) {
  void *memory = __real_mmap(at, size, protection, flags, descriptor, offset);
  if (run.isOn && memory != MAP_FAILED)
    run.mappings.push_back({memory, size});
  return memory;
}

int __wrap_munmap(void *at, size_t size) {
  llvm::erase_if(run.mappings,
                 [&](auto &mapping) { return mapping.first == at; });
  return __real_munmap(at, size);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
  if (run.isOn)
    return EAGAIN;
  return __real_pthread_create(thread, attributes, start, argument);
}

// Counters of the processor, sandboxes and locks are for the whole process.
long __wrap_syscall(long, ...) {
  errno = ENOSYS;
  return -1;
}
int __wrap_prctl(int, ...) { return 0; }
int __wrap_mlockall(int) { return 0; }
}

namespace mlir::eke::test {

/// Runs the program until it returns or exits.
static void runOnce(llvm::SmallVectorImpl<char *> &arguments) {
  run.isOn = true;
  if (setjmp(run.end) == 0)
    run.status = runProgram(int(arguments.size()) - 1, arguments.data());
  run.isOn = false;
}

void attack(llvm::StringRef input) {
  auto [lines, contents] = input.split("\n\n");
  std::string text = "program\n" + lines.str();
  llvm::SmallVector<char *> arguments = {text.data()};
  for (char &c : text)
    if (c == '\n') {
      c = 0;
      arguments.push_back(&c + 1);
    }
  arguments.push_back(nullptr);
  getFile().write(contents);
  int firstFree = dup(0);
  close(firstFree);

  run.standardInput = -1;
  run.errors.clear();
  run.mappings.clear();
  runOnce(arguments);
  close_range(unsigned(firstFree), unsigned(firstFree) + 64, 0);
  for (auto [memory, size] : run.mappings)
    __real_munmap(memory, size);

  llvm::StringRef message = run.errors;
  require(run.status >= 0 && run.status <= 2, "a status of 0, 1 or 2");
  if (run.status == 0)
    return require(message.empty(), "success without an error");
  require(message.consume_front("program: error: ") &&
              message.consume_back("\n"),
          "an error in one line");
  requireLine(message);
}

} // namespace mlir::eke::test
