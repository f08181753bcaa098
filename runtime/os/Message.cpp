//===- Message.cpp - Who says what went wrong -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Message.h"

#include <string.h>

namespace eke::rt {

static const char *name = "eke";

void setProgramName(const char *argv0) {
  const char *slash = strrchr(argv0, '/');
  name = slash ? slash + 1 : argv0;
}

const char *programName() { return name; }

void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  failWith(2, format, args);
}

void failToRun(const char *format, ...) {
  va_list args;
  va_start(args, format);
  failWith(1, format, args);
}

} // namespace eke::rt
