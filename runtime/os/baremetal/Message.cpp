//===- Message.cpp - One line about what went wrong -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Message.h"

#include "runtime/os/baremetal/Semihosting.h"
#include "runtime/text/Printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

namespace eke::rt {

static const char *name = "eke";

void setProgramName(const char *argv0) {
  const char *slash = strrchr(argv0, '/');
  name = slash ? slash + 1 : argv0;
}

const char *programName() { return name; }

/// Not on the stack, of which hardly any may be left.
static char text[512];
static char line[1024];

static size_t add(size_t length, const char *from) {
  forEachPrintable(from, strlen(from), [&](const char *bytes, size_t count) {
    if (count > sizeof line - 1 - length) // 1: the newline
      return;
    memcpy(line + length, bytes, count);
    length += count;
  });
  return length;
}

[[noreturn]] static void exitWith(int status, const char *format,
                                  va_list args) {
  vsnprintf(text, sizeof text, format, args);
  size_t length = add(add(add(0, name), ": error: "), text);
  line[length++] = '\n';
  host::write(host::open(":tt", host::Mode::AppendText), line, length);
  host::exit(status);
}

void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  exitWith(2, format, args);
}

void failToRun(const char *format, ...) {
  va_list args;
  va_start(args, format);
  exitWith(1, format, args);
}

} // namespace eke::rt
