//===- CommandLine.h - The words a program is started with ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_BAREMETAL_COMMANDLINE_H
#define EKE_RUNTIME_OS_BAREMETAL_COMMANDLINE_H

namespace eke::rt {

struct CommandLine {
  int count;
  char **words; ///< and a null pointer behind them
};

/// Cuts `text` into words at its spaces, in place: at most `most` of them, or -1 if it has
/// more. Between double quotes a space is a part of its word, and a backslash makes
/// any character one.
int splitWords(char *text, char **words, int most);

/// The words that the host gives.
CommandLine readCommandLine();

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_BAREMETAL_COMMANDLINE_H
