//===- Message.h - One line about what went wrong ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_MESSAGE_H
#define EKE_RUNTIME_OS_MESSAGE_H

#include <stdarg.h>

namespace eke::rt {

/// Remembers the program's name, for messages.
void setProgramName(const char *argv0);
const char *programName();

/// Writes one line `NAME: error: …` to stderr and exits. What does not show is
/// escaped, and of a long text its beginning and end are left.
///
/// `fail` says that what the user gave is wrong: status 2. `failToRun` says that the
/// machine, or the model itself, does not let the program do its work: status 1.
[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(const char *format,
                                                             ...);
[[noreturn]] __attribute__((format(printf, 1, 2))) void
failToRun(const char *format, ...);

/// What both do, by the means of the system.
[[noreturn]] void failWith(int status, const char *format, va_list args);

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_MESSAGE_H
