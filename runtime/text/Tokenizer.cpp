//===- Tokenizer.cpp - The tables of a tokenizer, and text from tokens ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"

#include <string.h>

namespace eke::rt {

static bool isIn(const eke_char_range *ranges, uint32_t count, uint32_t c) {
  uint32_t low = 0;
  while (count > 0) { // the first range that does not end before c
    uint32_t half = count / 2;
    if (ranges[low + half].last < c) {
      low += half + 1;
      count -= half + 1;
    } else {
      if (ranges[low + half].first <= c)
        return true;
      count = half;
    }
  }
  return false;
}

static CharClass classByRanges(const Tokenizer &t, uint32_t c) {
  if (isIn(t.letters, t.header->letter_count, c))
    return CharClass::Letter;
  if (isIn(t.numbers, t.header->number_count, c))
    return CharClass::Number;
  if (isIn(t.spaces, t.header->space_count, c))
    return CharClass::Space;
  return CharClass::Other;
}

CharClass Tokenizer::classOf(uint32_t codePoint) const {
  return codePoint < 128 ? ascii[codePoint] : classByRanges(*this, codePoint);
}

namespace {

/// Takes tables out of a blob, and notes whether all lie inside it.
struct TableReader {
  const uint8_t *blob;
  uint64_t size;
  bool ok = true;

  template <typename T> const T *take(uint32_t offset, uint64_t count) {
    ok = ok && offset % alignof(T) == 0 && offset <= size &&
         count <= (size - offset) / sizeof(T);
    return reinterpret_cast<const T *>(blob + offset);
  }
};

} // namespace

static bool takeTables(Tokenizer &t, TableReader in) {
  const eke_tokenizer &h = *t.header;
  t.tokenOffsets = in.take<uint32_t>(h.token_offsets, uint64_t(h.vocab) + 1);
  if (!in.ok)
    return false;
  t.tokenBytes = in.take<char>(h.token_bytes, t.tokenOffsets[h.vocab]);
  for (uint32_t i = 0; i < h.vocab; ++i)
    in.ok = in.ok && t.tokenOffsets[i] <= t.tokenOffsets[i + 1];
  t.byteIds = in.take<uint32_t>(h.byte_ids, 256);
  if (t.has(EKE_TOKENIZER_WIDE))
    t.merges = in.take<eke_wide_merge>(h.merges, h.merge_count);
  else
    t.merges = in.take<eke_merge>(h.merges, h.merge_count);
  t.added = in.take<eke_added_token>(h.added, h.added_count);
  for (uint32_t i = 0; in.ok && i < h.added_count; ++i)
    in.take<char>(t.added[i].text, t.added[i].text_bytes);
  t.letters = in.take<eke_char_range>(h.letters, h.letter_count);
  t.numbers = in.take<eke_char_range>(h.numbers, h.number_count);
  t.spaces = in.take<eke_char_range>(h.spaces, h.space_count);
  return in.ok && (h.unknown == EKE_NO_TOKEN || h.unknown < h.vocab);
}

const char *openTokenizer(Tokenizer &t, const uint8_t *blob, uint64_t size) {
  t.header = reinterpret_cast<const eke_tokenizer *>(blob);
  if (size == 0)
    return "is missing";
  if (size < sizeof(eke_tokenizer) || t.header->magic != EKE_TOKENIZER_MAGIC)
    return "is not a tokenizer";
  if (t.header->version != EKE_TOKENIZER_VERSION)
    return "has another version than the runtime";
  if (t.header->total_bytes != size || !takeTables(t, {blob, size}))
    return "is damaged";

  for (uint32_t c = 0; c < 128; ++c)
    t.ascii[c] = classByRanges(t, c);
  if (t.ascii[' '] != CharClass::Space)
    return "is damaged"; // the pattern would match nothing at some places
  memset(t.startsAdded, 0, sizeof(t.startsAdded));
  for (uint32_t i = 0; i < t.header->added_count; ++i) {
    Bytes text = t.text(t.added[i]);
    if (text.size == 0)
      return "is damaged";
    t.startsAdded[uint8_t(text.data[0])] = true;
  }
  return nullptr;
}

bool isSpecial(const Tokenizer &t, uint32_t id) {
  for (uint32_t i = 0; i < t.header->added_count; ++i)
    if (t.added[i].id == id)
      return t.added[i].flags & EKE_ADDED_SPECIAL;
  return false;
}

//===- Text from tokens ---------------------------------------------------===//

void TextStream::put(uint8_t byte) {
  static const char replacement[] = "\xef\xbf\xbd";
  switch (reader.feed(byte)) {
  case Utf8::More:
    character[size++] = char(byte);
    break;
  case Utf8::Done:
    character[size++] = char(byte);
    sink(ctx, character, size);
    size = 0;
    break;
  case Utf8::Bad:
    sink(ctx, replacement, 3);
    break;
  case Utf8::Broken:
    sink(ctx, replacement, 3);
    size = 0;
    put(byte); // starts a sequence now, so this ends here
    break;
  }
}

void TextStream::write(Bytes bytes) {
  for (size_t i = 0; i < bytes.size; ++i)
    put(uint8_t(bytes.data[i]));
}

void TextStream::finish() {
  if (size > 0)
    sink(ctx, "\xef\xbf\xbd", 3);
  size = 0;
  reader = Utf8Reader();
}

} // namespace eke::rt
