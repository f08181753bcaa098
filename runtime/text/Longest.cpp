//===- Longest.cpp - A word to tokens, the longest first ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Matcher.h"
#include "runtime/text/Words.h"

namespace eke::rt {

static size_t countChars(Bytes text, size_t most) {
  size_t count = 0;
  const char *end = text.data + text.size;
  for (const char *at = text.data; at < end && count <= most;
       at = readChar(at, end).next)
    ++count;
  return count;
}

size_t cutWord(const Tokenizer &t, Bytes word, int32_t *ids) {
  size_t count = 0;
  if (countChars(word, t.header->longest_word) <= t.header->longest_word) {
    for (size_t at = 0; at < word.size;) {
      PrefixRange range(t);
      uint32_t best = EKE_NO_TOKEN;
      size_t bestEnd = at;
      bool goesOn = at > 0 || range.step(' '); // tokens that start a word
      for (size_t p = at; goesOn && p < word.size; ++p) {
        goesOn = range.step(uint8_t(word.data[p]));
        uint32_t number = goesOn ? range.whole() : EKE_NO_TOKEN;
        if (number != EKE_NO_TOKEN) {
          best = number;
          bestEnd = p + 1;
        }
      }
      if (best == EKE_NO_TOKEN) {
        count = 0;
        break;
      }
      ids[count++] = int32_t(idOf(t, best));
      at = bestEnd;
    }
    if (count > 0)
      return count;
  }
  if (t.header->unknown == EKE_NO_TOKEN)
    return 0;
  ids[0] = int32_t(t.header->unknown);
  return 1;
}

} // namespace eke::rt
