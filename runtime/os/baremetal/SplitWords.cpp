//===- SplitWords.cpp - A command line as words ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   net --in "my file" x   ──►   net, --in, my file, x
//===----------------------------------------------------------------------===//

#include "runtime/os/baremetal/CommandLine.h"

namespace eke::rt {

int splitWords(char *text, char **words, int most) {
  int count = 0;
  char *to = text; // never in front of what is still to be read
  for (;;) {
    while (*text == ' ')
      ++text;
    if (*text == 0)
      return count;
    if (count == most)
      return -1;
    words[count++] = to;
    for (bool isQuoted = false; *text != 0 && (isQuoted || *text != ' ');
         ++text) {
      if (*text == '"') {
        isQuoted = !isQuoted;
        continue;
      }
      if (*text == '\\' && text[1] != 0)
        ++text;
      *to++ = *text;
    }
    bool isLast = *text == 0;
    *to++ = 0;
    if (isLast)
      return count;
    ++text;
  }
}

} // namespace eke::rt
