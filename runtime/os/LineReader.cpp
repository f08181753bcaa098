//===- LineReader.cpp - Lines of standard input ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Terminal.h"

#include <string.h>

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
    int64_t got = readSome(buffer + end, capacity - end);
    if (got < 0)
      return Result::Interrupted;
    isAtEnd = got == 0;
    end += size_t(got);
  }
}

} // namespace eke::rt
