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

void failWith(int status, const char *format, va_list args) {
  vsnprintf(text, sizeof text, format, args);
  size_t length = add(add(add(0, programName()), ": error: "), text);
  line[length++] = '\n';
  host::write(host::open(":tt", host::Mode::AppendText), line, length);
  host::exit(status);
}

} // namespace eke::rt
