//===- System.cpp - Files and memory ----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/System.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace eke::rt {

static void *map(uint64_t bytes, int flags) {
  if (bytes == 0)
    bytes = 1;
  void *memory = MAP_FAILED;
  if (bytes <= SIZE_MAX)
    memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (memory == MAP_FAILED)
    failToRun("cannot reserve %llu bytes of memory", (unsigned long long)bytes);
  return memory;
}

void *reserve(uint64_t bytes) { return map(bytes, 0); }
void *reserveScratch(uint64_t bytes) { return map(bytes, MAP_NORESERVE); }

void release(void *memory, uint64_t bytes) {
  munmap(memory, bytes == 0 ? 1 : bytes);
}

/// Reads what cannot be mapped, such as a pipe.
static Bytes readStream(int fd, const char *path) {
  size_t capacity = 64 * 1024, size = 0;
  char *data = static_cast<char *>(reserve(capacity));
  for (;;) {
    ssize_t got = read(fd, data + size, capacity - size);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      fail("cannot read '%s': %s", path, strerror(errno));
    if (got == 0)
      return {data, size};
    size += size_t(got);
    if (size < capacity)
      continue;
    void *larger = mremap(data, capacity, 2 * capacity, MREMAP_MAYMOVE);
    if (larger == MAP_FAILED)
      failToRun("'%s' does not fit in memory", path);
    data = static_cast<char *>(larger);
    capacity *= 2;
  }
}

Bytes readFile(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0)
    fail("cannot open '%s': %s", path, strerror(errno));
  Bytes bytes;
  // Files of /proc and the like claim to be empty.
  void *mapped = MAP_FAILED;
  if (S_ISREG(info.st_mode) && info.st_size > 0)
    mapped = mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (mapped != MAP_FAILED)
    bytes = {static_cast<char *>(mapped), size_t(info.st_size)};
  else
    bytes = readStream(fd, path);
  close(fd);
  return bytes;
}

uint64_t readInto(const char *path, void *data, uint64_t capacity) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    fail("cannot open '%s': %s", path, strerror(errno));
  uint64_t size = 0;
  auto *at = static_cast<char *>(data);
  // What is too much is counted, and goes nowhere.
  char rest[4096];
  for (;;) {
    bool isFull = size >= capacity;
    ssize_t got = isFull ? read(fd, rest, sizeof rest)
                         : read(fd, at + size, size_t(capacity - size));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      fail("cannot read '%s': %s", path, strerror(errno));
    if (got == 0)
      break;
    size += uint64_t(got);
  }
  close(fd);
  return size;
}

Bytes readStandardInput() { return readStream(STDIN_FILENO, "standard input"); }

int64_t readSome(void *data, size_t capacity) {
  ssize_t got = read(STDIN_FILENO, data, capacity);
  if (got < 0 && errno != EINTR)
    fail("cannot read 'standard input': %s", strerror(errno));
  return got;
}

int openOutput(const char *path) {
  if (strcmp(path, "-") == 0)
    return STDOUT_FILENO;
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    fail("cannot write '%s': %s", path, strerror(errno));
  return fd;
}

bool isTerminal(int fd) { return isatty(fd); }

void writeAll(int fd, const void *data, size_t size, const char *path) {
  const char *at = static_cast<const char *>(data);
  while (size > 0) {
    ssize_t done = write(fd, at, size);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      failToRun("cannot write '%s': %s", path, strerror(errno));
    at += done;
    size -= size_t(done);
  }
}

void closeOutput(int fd, const char *path) {
  // Some file systems say only now that what was written did not fit.
  if (fd != STDOUT_FILENO && close(fd) != 0 && errno != EINTR)
    failToRun("cannot write '%s': %s", path, strerror(errno));
}

bool isFile(const char *path) {
  struct stat info;
  if (stat(path, &info) != 0)
    return false;
  if (!S_ISREG(info.st_mode))
    fail("'%s' is no regular file", path);
  return true;
}

OutputReplacement::OutputReplacement(const char *path) : path(path) {
  int size = snprintf(temporary, sizeof temporary, "%s.%d.tmp", path, getpid());
  if (size < 0 || size_t(size) >= sizeof temporary)
    fail("cannot write '%s': %s", path, strerror(ENAMETOOLONG));
  fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    fail("cannot write '%s': %s", path, strerror(errno));
}

void OutputReplacement::write(const void *data, size_t size) {
  auto *at = static_cast<const char *>(data);
  while (size > 0) {
    ssize_t done = ::write(fd, at, size);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0) {
      int error = errno;
      unlink(temporary);
      failToRun("cannot write '%s': %s", path, strerror(error));
    }
    at += done;
    size -= size_t(done);
  }
}

void OutputReplacement::discard() {
  close(fd);
  unlink(temporary);
}

void OutputReplacement::keep() {
  int error = close(fd) != 0 && errno != EINTR ? errno : 0;
  if (!error && rename(temporary, path) != 0)
    error = errno;
  if (!error)
    return;
  unlink(temporary);
  failToRun("cannot write '%s': %s", path, strerror(error));
}

} // namespace eke::rt
