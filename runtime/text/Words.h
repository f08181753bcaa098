//===- Words.h - A word to tokens -------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_WORDS_H
#define EKE_RUNTIME_TEXT_WORDS_H

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// Bytes of scratch that each model needs for a byte of a word.
constexpr size_t scratchPerByte = 36;

/// Each writes the tokens of a word to `ids` and returns how many, at most one a byte.
/// `scratch` has scratchPerByte for each byte and one more, aligned to 8 bytes.
size_t mergeWord(const Tokenizer &tokenizer, Bytes word, int32_t *ids,
                 void *scratch);
size_t scoreWord(const Tokenizer &tokenizer, Bytes word, int32_t *ids,
                 void *scratch);
size_t cutWord(const Tokenizer &tokenizer, Bytes word, int32_t *ids);

/// The texts that `sorted` has and that start with what was stepped through.
class PrefixRange {
public:
  explicit PrefixRange(const Tokenizer &tokenizer)
      : tokenizer(tokenizer), high(tokenizer.header->sorted_count) {}

  /// Goes on by one byte; false if no text does.
  bool step(uint8_t byte);

  /// The number of the text that is just this, a token or an alias; or EKE_NO_TOKEN.
  uint32_t whole() const;

private:
  uint32_t numberAt(uint32_t place) const;
  uint32_t boundary(uint32_t begin, uint32_t end, uint8_t byte,
                    bool past) const;

  const Tokenizer &tokenizer;
  uint32_t low = 0, high;
  uint32_t depth = 0;
};

/// The number of this text, or EKE_NO_TOKEN.
uint32_t findText(const Tokenizer &tokenizer, Bytes text);

/// The token that a number from `sorted` means.
inline uint32_t idOf(const Tokenizer &t, uint32_t number) {
  uint32_t vocab = t.header->vocab;
  return number < vocab ? number : t.aliasIds[number - vocab];
}

/// Whether each byte of a character has a token; then it is written as these.
bool haveTokens(const Tokenizer &tokenizer, Bytes bytes);

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_WORDS_H
