//===- Semihosting.h - Asking the debugger or emulator ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program without an operating system has the console, the files and the clock of
// the machine that a debugger or an emulator runs on: "Semihosting for AArch32 and
// AArch64", Arm. Without either, a call is a fault.
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_BAREMETAL_SEMIHOSTING_H
#define EKE_RUNTIME_OS_BAREMETAL_SEMIHOSTING_H

#include <stddef.h>
#include <stdint.h>

namespace eke::rt::host {

enum class Mode { Read = 1, Write = 5, WriteText = 4, AppendText = 8 };

/// The handle of a file, or -1. ":tt" is the console: its input, output and, if it is
/// appended to, errors.
int open(const char *path, Mode mode);
bool close(int handle);
/// Both return how many bytes were moved, or -1.
int64_t read(int handle, void *data, size_t size);
int64_t write(int handle, const void *data, size_t size);
/// The bytes of a file, or -1 where there is no such number.
int64_t getLength(int handle);
bool isTerminal(int handle);
bool remove(const char *path);
bool rename(const char *from, const char *to);
/// Why the last call failed, as the machine numbers it: `errno`.
int getError();

/// Writes the words that the program was started with, with spaces between them and a
/// zero byte behind. False if they do not fit, or nobody knows.
bool readCommandLine(char *text, size_t size);

/// Hundredths of a second of a clock that only goes forward, or -1.
int64_t getTime();

[[noreturn]] void exit(int status);

} // namespace eke::rt::host

#endif // EKE_RUNTIME_OS_BAREMETAL_SEMIHOSTING_H
