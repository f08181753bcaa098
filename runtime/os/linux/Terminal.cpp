//===- Terminal.cpp - Somebody who types ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/linux/Terminal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

namespace eke::rt {

LineReader::LineReader(size_t longest)
    : buffer(static_cast<char *>(reserveScratch(longest + 1))),
      capacity(longest + 1) {}

/// Takes the line that is in the buffer, if a whole one is.
bool LineReader::takeLine(Bytes &line, bool isLast) {
  size_t from = begin + searched;
  auto *newline = static_cast<char *>(memchr(buffer + from, '\n', end - from));
  searched = end - begin;
  if (!newline && (!isLast || begin == end))
    return false;
  char *stop = newline ? newline : buffer + end;
  line = {buffer + begin, size_t(stop - (buffer + begin))};
  begin = size_t(stop - buffer) + (newline != nullptr);
  searched = 0;
  if (line.size > 0 && line.data[line.size - 1] == '\r')
    --line.size;
  return true;
}

LineReader::Result LineReader::next(Bytes &line) {
  for (;;) {
    if (takeLine(line, isAtEnd))
      return Result::Line;
    if (isAtEnd)
      return Result::End;
    memmove(buffer, buffer + begin, end - begin);
    end -= begin;
    begin = 0;
    if (end == capacity)
      fail("standard input has a line of more than %zu bytes", capacity - 1);
    ssize_t got = read(STDIN_FILENO, buffer + end, capacity - end);
    if (got < 0 && errno == EINTR)
      return Result::Interrupted;
    if (got < 0)
      fail("cannot read 'standard input': %s", strerror(errno));
    isAtEnd = got == 0;
    end += size_t(got);
  }
}

static volatile sig_atomic_t interrupted;

void catchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  // No SA_RESTART: who waits for a line is told.
  sigaction(SIGINT, &action, nullptr);
}

bool takeInterrupt() {
  bool was = interrupted;
  interrupted = 0;
  return was;
}

} // namespace eke::rt
