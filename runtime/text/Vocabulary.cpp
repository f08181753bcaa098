//===- Vocabulary.cpp - Texts of tokens -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Words.h"

namespace eke::rt {

uint32_t PrefixRange::numberAt(uint32_t place) const {
  if (tokenizer.has(EKE_TOKENIZER_WIDE))
    return static_cast<const uint32_t *>(tokenizer.sorted)[place];
  return static_cast<const uint16_t *>(tokenizer.sorted)[place];
}

/// The first place whose text does not go on with a byte less than `byte`; with `past`,
/// nor with `byte` itself.
uint32_t PrefixRange::boundary(uint32_t begin, uint32_t end, uint8_t byte,
                               bool past) const {
  while (begin < end) {
    uint32_t middle = begin + (end - begin) / 2;
    Bytes text = tokenizer.textOf(numberAt(middle));
    bool isBefore = text.size <= depth || uint8_t(text.data[depth]) < byte ||
                    (past && uint8_t(text.data[depth]) == byte);
    if (isBefore)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

bool PrefixRange::step(uint8_t byte) {
  low = boundary(low, high, byte, false);
  high = boundary(low, high, byte, true);
  ++depth;
  return low < high;
}

uint32_t PrefixRange::whole() const {
  if (low >= high)
    return EKE_NO_TOKEN;
  uint32_t number = numberAt(low);
  return tokenizer.textOf(number).size == depth ? number : EKE_NO_TOKEN;
}

uint32_t findText(const Tokenizer &tokenizer, Bytes text) {
  PrefixRange range(tokenizer);
  for (size_t i = 0; i < text.size; ++i)
    if (!range.step(uint8_t(text.data[i])))
      return EKE_NO_TOKEN;
  return text.size > 0 ? range.whole() : EKE_NO_TOKEN;
}

bool haveTokens(const Tokenizer &t, Bytes bytes) {
  for (size_t i = 0; i < bytes.size; ++i)
    if (t.byteId(uint8_t(bytes.data[i])) == EKE_NO_TOKEN)
      return false;
  return true;
}

} // namespace eke::rt
