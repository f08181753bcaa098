//===- CommandLine.cpp - The words a program is started with --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/baremetal/CommandLine.h"

#include "runtime/os/Message.h"
#include "runtime/os/baremetal/Semihosting.h"

namespace eke::rt {

CommandLine readCommandLine() {
  constexpr int most = 64;
  static char text[2048];
  static char *words[most + 1];
  if (!host::readCommandLine(text, sizeof text))
    return {0, words};
  int count = splitWords(text, words, most);
  if (count < 0)
    fail("the command line has more than %d words", most);
  words[count] = nullptr;
  return {count, words};
}

} // namespace eke::rt
