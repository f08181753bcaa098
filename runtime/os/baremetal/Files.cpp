//===- Files.cpp - Files of the host --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Descriptors 0, 1 and 2 are the console; that of a file is its handle plus 3.
//===----------------------------------------------------------------------===//

#include "runtime/os/System.h"

#include "runtime/os/baremetal/Semihosting.h"

#include <stdio.h>
#include <string.h>

namespace eke::rt {

static constexpr int firstFile = 3;

/// The handle of a descriptor; one of the console's is opened when it is first used.
static int handleOf(int fd) {
  static int console[firstFile] = {-1, -1, -1};
  if (fd >= firstFile)
    return fd - firstFile;
  constexpr host::Mode modes[] = {host::Mode::Read, host::Mode::WriteText,
                                  host::Mode::AppendText};
  if (console[fd] < 0)
    console[fd] = host::open(":tt", modes[fd]);
  return console[fd];
}

/// Why a call of the host failed.
static const char *reason() { return strerror(host::getError()); }

static int openFile(const char *path) {
  int handle = host::open(path, host::Mode::Read);
  if (handle < 0)
    fail("cannot open '%s': %s", path, reason());
  return handle;
}

Bytes readFile(const char *path) {
  int handle = openFile(path);
  int64_t size = host::getLength(handle);
  if (size < 0)
    fail("cannot read '%s': its size is not known", path);
  auto *data = static_cast<char *>(reserve(uint64_t(size)));
  if (host::read(handle, data, size_t(size)) != size)
    fail("cannot read '%s': %s", path, reason());
  host::close(handle);
  return {data, size_t(size)};
}

uint64_t readInto(const char *path, void *data, uint64_t capacity) {
  int handle = openFile(path);
  int64_t size = host::getLength(handle);
  int64_t wanted = size < int64_t(capacity) ? size : int64_t(capacity);
  if (size < 0 || host::read(handle, data, size_t(wanted)) != wanted)
    fail("cannot read '%s': %s", path, reason());
  host::close(handle);
  return uint64_t(size);
}

int64_t readSome(void *data, size_t capacity) {
  int64_t got = host::read(handleOf(0), data, capacity);
  if (got < 0)
    fail("cannot read 'standard input': %s", reason());
  return got;
}

Bytes readStandardInput() {
  constexpr size_t step = 1024;
  char *data = nullptr;
  for (size_t size = 0;;) {
    auto *next = static_cast<char *>(reserveScratch(step)); // behind the last
    if (!data)
      data = next;
    int64_t got = readSome(next, step);
    size += size_t(got);
    if (got < int64_t(step))
      return {data, size};
  }
}

int openOutput(const char *path) {
  if (strcmp(path, "-") == 0)
    return 1;
  int handle = host::open(path, host::Mode::Write);
  if (handle < 0)
    fail("cannot write '%s': %s", path, reason());
  return handle + firstFile;
}

bool isTerminal(int fd) { return host::isTerminal(handleOf(fd)); }

void writeAll(int fd, const void *data, size_t size, const char *path) {
  if (host::write(handleOf(fd), data, size) != int64_t(size))
    failToRun("cannot write '%s': %s", path, reason());
}

void closeOutput(int fd, const char *path) {
  if (fd >= firstFile && !host::close(handleOf(fd)))
    failToRun("cannot write '%s': %s", path, reason());
}

bool isFile(const char *path) {
  int handle = host::open(path, host::Mode::Read);
  return handle >= 0 && host::close(handle);
}

OutputReplacement::OutputReplacement(const char *path) : path(path) {
  int size = snprintf(temporary, sizeof temporary, "%s.tmp", path);
  if (size < 0 || size_t(size) >= sizeof temporary)
    fail("cannot write '%s': its name is too long", path);
  fd = openOutput(temporary);
}

void OutputReplacement::write(const void *data, size_t size) {
  writeAll(fd, data, size, path);
}

void OutputReplacement::discard() {
  closeOutput(fd, path);
  host::remove(temporary);
}

void OutputReplacement::keep() {
  closeOutput(fd, path);
  if (!host::rename(temporary, path))
    failToRun("cannot write '%s': %s", path, reason());
}

} // namespace eke::rt
