//===- Encode.cpp - Text to tokens ----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Splitter.h"
#include "runtime/text/Words.h"

#include <string.h>

namespace eke::rt {

/// Bytes of one buffer that holds a text of so many bytes behind the normalizers.
static uint64_t bufferSize(const Tokenizer &tokenizer, uint64_t bytes) {
  const eke_tokenizer &header = *tokenizer.header;
  return (bytes * header.growth + header.extra + 16) / 8 * 8;
}

/// What no memory has room for, where addresses have 32 bits, is all that there is.
static size_t toSize(uint64_t bytes) {
  return bytes < SIZE_MAX ? size_t(bytes) : SIZE_MAX;
}

EncodeNeeds encodeNeeds(const Tokenizer &tokenizer, size_t bytes) {
  // Every part may get a space, and no token has less than a byte.
  uint64_t most = bufferSize(tokenizer, bytes);
  uint64_t words = (2 * most + 16) * (scratchPerByte + 1);
  uint64_t buffers = tokenizer.header->normalizer_count > 0 ? 2 * most : 0;
  uint64_t ofByte =
      uint64_t(tokenizer.header->growth) + tokenizer.header->extra;
  return {toSize(2 * ofByte * bytes), toSize(buffers + words)};
}

/// Writes the word as the model knows it, its spaces included, and returns it.
static Bytes copyWord(const Tokenizer &t, const Word &word, char *copy) {
  size_t size = 0;
  if (word.spaceBefore)
    copy[size++] = ' ';
  const char *from = word.text.data, *end = from + word.text.size;
  while (from < end) {
    bool isMark = t.has(EKE_TOKENIZER_MARKED_SPACES) && end - from >= 3 &&
                  memcmp(from, "\xe2\x96\x81", 3) == 0;
    copy[size++] = isMark ? ' ' : *from;
    from += isMark ? 3 : 1;
  }
  return {copy, size};
}

/// Writes the tokens of a word.
static size_t encodeWord(const Tokenizer &t, const Word &word, int32_t *ids,
                         char *scratch) {
  Bytes bytes = word.text;
  if (word.spaceBefore || t.has(EKE_TOKENIZER_MARKED_SPACES)) {
    size_t room = (word.text.size + 1 + 7) / 8 * 8;
    bytes = copyWord(t, word, scratch);
    scratch += room;
  }
  if (t.has(EKE_TOKENIZER_WHOLE_WORDS)) {
    uint32_t number = findText(t, bytes);
    if (number != EKE_NO_TOKEN) {
      ids[0] = int32_t(idOf(t, number));
      return 1;
    }
  }
  switch (t.header->model) {
  case EKE_TOKENIZER_SCORES:
    return scoreWord(t, bytes, ids, scratch);
  case EKE_TOKENIZER_LONGEST:
    return cutWord(t, bytes, ids);
  default:
    return mergeWord(t, bytes, ids, scratch);
  }
}

size_t encode(const Tokenizer &tokenizer, Bytes text, int32_t *ids,
              void *scratch, const LiteralText *literal) {
  size_t written = 0;
  char *memory = static_cast<char *>(scratch);
  size_t capacity = size_t(bufferSize(tokenizer, text.size));
  Splitter splitter(tokenizer, text, memory, capacity, literal);
  if (tokenizer.header->normalizer_count > 0)
    memory += 2 * capacity;
  for (Word word; splitter.next(word);) {
    if (word.added >= 0)
      ids[written++] = int32_t(word.added);
    else
      written += encodeWord(tokenizer, word, ids + written, memory);
  }
  return written;
}

} // namespace eke::rt
