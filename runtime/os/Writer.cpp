//===- Writer.cpp - Text on its way to a file -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/System.h"

#include "runtime/text/Printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

namespace eke::rt {

void Writer::put(const char *data, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (size == sizeof(buffer))
      flush();
    buffer[size++] = last = data[i];
  }
  total += count;
}

void Writer::put(const char *text) { put(text, strlen(text)); }

void Writer::putPrintable(const char *text) {
  forEachPrintable(text, strlen(text),
                   [&](const char *bytes, size_t count) { put(bytes, count); });
}

void Writer::format(const char *format, ...) {
  char text[256];
  va_list args;
  va_start(args, format);
  int count = vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  put(text, count < int(sizeof(text)) ? count : sizeof(text) - 1);
}

void Writer::flush() {
  writeAll(fd, buffer, size, path);
  size = 0;
}

} // namespace eke::rt
