//===- Terminal.h - Somebody who types --------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_TERMINAL_H
#define EKE_RUNTIME_OS_TERMINAL_H

#include "runtime/os/System.h"

namespace eke::rt {

/// Reads lines of standard input, as a terminal or a pipe gives them.
class LineReader {
public:
  /// The most bytes of a line.
  explicit LineReader(size_t longest);

  enum class Result {
    Line,
    End,
    Interrupted ///< by a signal; what was typed is gone
  };
  /// Gives the next line without its end; it is there until the next call. A longer one
  /// ends the program.
  Result next(Bytes &line);

private:
  bool takeLine(Bytes &line, bool isLast);

  char *buffer;
  size_t capacity;
  size_t begin = 0, end = 0;
  size_t searched = 0; ///< from `begin` on there is no end of a line
  bool isAtEnd = false;
};

/// From now on the key that interrupts (SIGINT) is only noted.
void catchInterrupts();

/// Was it pressed since the last call?
bool takeInterrupt();

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_TERMINAL_H
