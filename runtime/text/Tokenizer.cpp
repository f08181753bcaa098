//===- Tokenizer.cpp - The tables of a tokenizer, and text from tokens ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"

#include "runtime/text/Tables.h"

#include <string.h>

namespace eke::rt {

static bool takeTokens(Tokenizer &t, TableReader &in) {
  const eke_tokenizer &h = *t.header;
  uint64_t count = uint64_t(h.vocab) + h.alias_count;
  t.tokenOffsets = in.take<uint32_t>(h.token_offsets, count + 1);
  if (!in.ok || count >= EKE_NO_TOKEN)
    return false;
  t.tokenBytes = in.take<char>(h.token_bytes, t.tokenOffsets[count]);
  t.aliasIds = in.take<uint32_t>(h.alias_ids, h.alias_count);
  t.byteIds = nullptr;
  if (h.byte_id_count == 256 && t.has(EKE_TOKENIZER_WIDE))
    t.byteIds = in.take<uint32_t>(h.byte_ids, 256);
  else if (h.byte_id_count == 256)
    t.byteIds = in.take<uint16_t>(h.byte_ids, 256);
  return in.ok && (h.byte_id_count == 256 || h.byte_id_count == 0);
}

static bool takeTables(Tokenizer &t, TableReader in) {
  const eke_tokenizer &h = *t.header;
  if (!takeTokens(t, in))
    return false;
  if (t.has(EKE_TOKENIZER_WIDE)) {
    t.merges = in.take<eke_wide_merge>(h.merges, h.merge_count);
    t.sorted = in.take<uint32_t>(h.sorted, h.sorted_count);
  } else {
    t.merges = in.take<eke_merge>(h.merges, h.merge_count);
    t.sorted = in.take<uint16_t>(h.sorted, h.sorted_count);
  }
  if (t.has(EKE_TOKENIZER_FLOAT_SCORES))
    t.scores = in.take<uint32_t>(h.scores, h.score_count);
  else
    t.scores = in.take<eke_score>(h.scores, h.score_count);
  t.added = in.take<eke_added_token>(h.added, h.added_count);
  t.normalizers = in.take<eke_normalizer>(h.normalizers, h.normalizer_count);
  t.splits = in.take<eke_split>(h.splits, h.split_count);
  t.patterns = in.take<eke_pattern>(h.patterns, h.pattern_count);
  t.wordChars = in.take<eke_char_range>(h.word_chars, h.word_char_count);
  for (uint32_t i = 0; in.ok && i < h.added_count; ++i)
    in.take<char>(t.added[i].text, t.added[i].text_bytes);
  return in.ok && (h.unknown == EKE_NO_TOKEN || h.unknown < h.vocab) &&
         h.model <= EKE_TOKENIZER_LONGEST &&
         h.added_first_count <= h.added_count &&
         h.split_count <= EKE_MOST_SPLITS && h.growth > 0 && h.growth < 256 &&
         h.extra < 65536;
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

  memset(t.startsAdded, 0, sizeof(t.startsAdded));
  for (uint32_t i = 0; i < t.header->added_count; ++i) {
    Bytes text = t.text(t.added[i]);
    if (text.size == 0)
      return "is damaged";
    t.startsAdded[uint8_t(text.data[0])] |=
        i < t.header->added_first_count ? 1 : 2;
  }
  return nullptr;
}

const eke_added_token *findAdded(const Tokenizer &t, uint32_t id) {
  for (uint32_t i = 0; i < t.header->added_count; ++i)
    if (t.added[i].id == id)
      return &t.added[i];
  return nullptr;
}

bool isSpecial(const Tokenizer &t, uint32_t id) {
  const eke_added_token *added = findAdded(t, id);
  return added && (added->flags & EKE_ADDED_SPECIAL);
}

//===- Text from tokens ---------------------------------------------------===//

/// Stands for so many bytes that are no character.
void TextStream::replace(size_t bytes) {
  size_t count = tokenizer.has(EKE_TOKENIZER_REPLACE_BYTES) ? bytes : 1;
  while (count-- > 0)
    sink(ctx, "\xef\xbf\xbd", 3);
}

void TextStream::put(uint8_t byte) {
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
    replace(1);
    break;
  case Utf8::Broken:
    replace(size);
    size = 0;
    put(byte); // starts a sequence now, so this ends here
    break;
  }
}

void TextStream::write(uint32_t token) {
  Bytes bytes = tokenizer.token(token);
  bool dropsAll = false;
  if (isFirst && tokenizer.has(EKE_TOKENIZER_FIRST_WITHOUT_SPACES)) {
    const eke_added_token *added = findAdded(tokenizer, token);
    dropsAll = !added || !(added->flags & EKE_ADDED_LITERAL);
  }
  bool strips = tokenizer.has(EKE_TOKENIZER_STRIP) &&
                (token != tokenizer.header->unknown ||
                 tokenizer.has(EKE_TOKENIZER_STRIP_FIRST)) &&
                (isFirst || !tokenizer.has(EKE_TOKENIZER_STRIP_FIRST));
  for (size_t i = 0; i < bytes.size; ++i) {
    bool isSpace = bytes.data[i] == ' ';
    if (isSpace && dropsAll)
      continue;
    if (isSpace && strips && !hasText && stripped < tokenizer.header->strip) {
      ++stripped;
      continue;
    }
    hasText = true;
    put(uint8_t(bytes.data[i]));
  }
  isFirst = false;
}

void TextStream::finish() {
  if (size > 0)
    replace(size);
  size = 0;
  reader = Utf8Reader();
}

} // namespace eke::rt
