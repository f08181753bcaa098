//===- Message.cpp - One line about what went wrong -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Message.h"

#include "runtime/text/Printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace eke::rt {

namespace {

/// A line of at most 4096 bytes, which a pipe takes as one.
class Line {
public:
  void add(const char *text, size_t size) {
    forEachPrintable(text, size, [&](const char *bytes, size_t count) {
      if (count > sizeof(line) - 1 - length) // 1: the newline
        return;
      memcpy(line + length, bytes, count);
      length += count;
    });
  }

  /// Leaves out the middle of what has more than `first + last` bytes.
  void add(const char *text, size_t size, size_t first, size_t last) {
    if (size <= first + last)
      return add(text, size);
    add(text, first);
    add(" … ", sizeof(" … ") - 1);
    add(text + size - last, last);
  }

  void write(int fd) {
    line[length++] = '\n';
    ssize_t ignored = ::write(fd, line, length);
    (void)ignored;
  }

private:
  char line[4096];
  size_t length = 0;
};

} // namespace

void failWith(int status, const char *format, va_list args) {
  // Behind the longest argument that there may be, 128 KiB, it says what is wrong.
  static char text[132 * 1024];
  int size = vsnprintf(text, sizeof(text), format, args);
  if (size > int(sizeof(text)) - 1)
    size = sizeof(text) - 1;
  Line line;
  // At most four bytes become of one: all of it fits.
  line.add(programName(), strlen(programName()), 64, 32);
  line.add(": error: ", strlen(": error: "));
  line.add(text, size < 0 ? 0 : size_t(size), 500, 300);
  line.write(STDERR_FILENO);
  _exit(status);
}

} // namespace eke::rt
