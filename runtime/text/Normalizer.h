//===- Normalizer.h - Changes of a whole text -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_NORMALIZER_H
#define EKE_RUNTIME_TEXT_NORMALIZER_H

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// Bytes being written; what does not fit is dropped, which a sound blob never lets happen.
struct TextBuffer {
  char *data;
  size_t capacity;
  size_t size = 0;

  TextBuffer(char *data, size_t capacity) : data(data), capacity(capacity) {}

  void put(char byte) {
    if (size < capacity)
      data[size++] = byte;
  }
  void put(const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i)
      put(text[i]);
  }
  void put(Bytes text) { put(text.data, text.size); }
  void putCodePoint(uint32_t codePoint);

  Bytes bytes() const { return {data, size}; }
};

/// Applies all normalizers to `text`, in turn into `even` and `odd`, each of `capacity`
/// bytes, and returns the result. Time and memory are linear.
Bytes normalize(const Tokenizer &tokenizer, Bytes text, char *even, char *odd,
                size_t capacity);

/// The steps of normalize that look at combining marks: see eke_normalizer.
void reorderMarks(const Tokenizer &tokenizer, const eke_normalizer &step,
                  Bytes text, TextBuffer &out);
void composeMarks(const Tokenizer &tokenizer, const eke_normalizer &step,
                  Bytes text, TextBuffer &out);

/// The entry of a character in a sorted table, or null.
const eke_char_map *findChar(const eke_char_map *table, uint32_t count,
                             uint32_t codePoint);

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_NORMALIZER_H
