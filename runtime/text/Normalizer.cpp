//===- Normalizer.cpp - Changes of a whole text ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Normalizer.h"

#include "runtime/text/Matcher.h"
#include "runtime/text/Tables.h"

#include <string.h>

namespace eke::rt {

void TextBuffer::putCodePoint(uint32_t c) {
  if (c < 0x80)
    return put(char(c));
  int following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  put(char((0xff00 >> (following + 1)) | (c >> (6 * following))));
  while (following-- > 0)
    put(char(0x80 | ((c >> (6 * following)) & 0x3f)));
}

const eke_char_map *findChar(const eke_char_map *table, uint32_t count,
                             uint32_t c) {
  constexpr uint32_t charBits = (1u << 21) - 1;
  while (count > 0) {
    uint32_t half = count / 2;
    uint32_t first = table[half].first & charBits;
    if (c < first) {
      count = half;
    } else if (c - first <= table[half].first >> 21) {
      return &table[half];
    } else {
      table += half + 1;
      count -= half + 1;
    }
  }
  return nullptr;
}

namespace {

/// The table and the text of a step.
struct StepTables {
  const eke_char_map *map;
  Bytes text;
  bool ok;

  StepTables(const Tokenizer &t, const eke_normalizer &step) {
    TableReader in(t);
    map = in.take<eke_char_map>(step.table, step.count);
    text = {in.take<char>(step.text, step.text_bytes), step.text_bytes};
    ok = in.ok;
  }
};

} // namespace

static void decomposeHangul(uint32_t c, TextBuffer &out) {
  constexpr uint32_t vowels = 21, ends = 28;
  uint32_t index = c - 0xac00;
  out.putCodePoint(0x1100 + index / (vowels * ends));
  out.putCodePoint(0x1161 + index / ends % vowels);
  if (index % ends)
    out.putCodePoint(0x11a7 + index % ends);
}

static void mapChars(const Tokenizer &t, const eke_normalizer &step, Bytes text,
                     TextBuffer &out) {
  StepTables tables(t, step);
  const char *end = text.data + text.size;
  for (const char *at = text.data; at < end;) {
    Char c = readChar(at, end);
    if (step.kind == EKE_NORMALIZE_DECOMPOSE && c.codePoint - 0xac00 < 11172) {
      decomposeHangul(c.codePoint, out);
    } else if (const eke_char_map *found =
                   tables.ok ? findChar(tables.map, step.count, c.codePoint)
                             : nullptr) {
      uint32_t value = found->value & 0x3fffffff;
      uint32_t offset = value & 0xffffff, size = value >> 24;
      if (found->value >> 30 == 1)
        out.putCodePoint((c.codePoint + value) & 0x1fffff);
      else if (found->value >> 30 == 2) {
        out.put(' ');
        out.put(at, size_t(c.next - at));
        out.put(' ');
      } else if (offset + size <= tables.text.size)
        out.put(tables.text.data + offset, size);
    } else {
      out.put(at, size_t(c.next - at));
    }
    at = c.next;
  }
}

static void replaceMatches(const Tokenizer &t, const eke_normalizer &step,
                           Bytes text, TextBuffer &out) {
  TableReader in(t);
  Bytes content = {in.take<char>(step.text, step.text_bytes), step.text_bytes};
  Matcher matcher;
  if (!in.ok || !matcher.open(t, step.count))
    return;
  const char *end = text.data + text.size;
  for (const char *at = text.data; at < end;) {
    const char *stop = matcher.match({at, end, false});
    if (stop && stop > at) {
      out.put(content);
    } else {
      stop = readChar(at, end).next;
      out.put(at, size_t(stop - at));
    }
    at = stop;
  }
}

static void stripSpace(const eke_normalizer &step, Bytes text,
                       TextBuffer &out) {
  auto isStripped = [&](uint32_t c) {
    return step.count & 4 ? c == ' ' : isSpace(c);
  };
  const char *at = text.data, *end = at + text.size;
  while ((step.count & 1) && at < end) {
    Char c = readChar(at, end);
    if (!isStripped(c.codePoint))
      break;
    at = c.next;
  }
  const char *stop = at; // behind the last character that stays
  for (const char *p = at; p < end;) {
    Char c = readChar(p, end);
    p = c.next;
    if (!(step.count & 2) || !isStripped(c.codePoint))
      stop = p;
  }
  out.put(at, size_t(stop - at));
}

/// Walks the double array of SentencePiece's character maps: the longest key at `at`.
static const char *findKey(const uint32_t *units, uint32_t count,
                           const char *at, const char *end, uint32_t &value) {
  const char *best = nullptr;
  auto offsetOf = [](uint32_t unit) {
    return (unit >> 10) << ((unit & (1u << 9)) >> 6);
  };
  uint32_t node = count > 0 ? offsetOf(units[0]) : 0;
  for (const char *p = at; p < end; ++p) {
    node ^= uint8_t(*p);
    if (node >= count || (units[node] & 0x800000ff) != uint8_t(*p))
      break;
    uint32_t unit = units[node];
    node ^= offsetOf(unit);
    if (((unit >> 8) & 1) && node < count) {
      value = units[node] & 0x7fffffff;
      best = p + 1;
    }
  }
  return best;
}

static void mapKeys(const Tokenizer &t, const eke_normalizer &step, Bytes text,
                    TextBuffer &out) {
  TableReader in(t);
  auto *units = in.take<uint32_t>(step.table, step.count);
  Bytes texts = {in.take<char>(step.text, step.text_bytes), step.text_bytes};
  if (!in.ok)
    return;
  const char *end = text.data + text.size;
  for (const char *at = text.data; at < end;) {
    uint32_t value = 0;
    if (const char *stop = findKey(units, step.count, at, end, value)) {
      for (; value < texts.size && texts.data[value]; ++value)
        out.put(texts.data[value]);
      at = stop;
      continue;
    }
    const char *next = readChar(at, end).next;
    out.put(at, size_t(next - at));
    at = next;
  }
}

static void collapseSpaces(Bytes text, TextBuffer &out) {
  bool isSpaceBefore = true;
  for (size_t i = 0; i < text.size; ++i) {
    bool isSpace = text.data[i] == ' ';
    if (!isSpace || !isSpaceBefore)
      out.put(text.data[i]);
    isSpaceBefore = isSpace;
  }
}

static void apply(const Tokenizer &t, const eke_normalizer &step, Bytes text,
                  TextBuffer &out) {
  switch (step.kind) {
  case EKE_NORMALIZE_MAP:
  case EKE_NORMALIZE_DECOMPOSE:
    return mapChars(t, step, text, out);
  case EKE_NORMALIZE_REORDER:
    return reorderMarks(t, step, text, out);
  case EKE_NORMALIZE_COMPOSE:
    return composeMarks(t, step, text, out);
  case EKE_NORMALIZE_REPLACE:
    return replaceMatches(t, step, text, out);
  case EKE_NORMALIZE_PREPEND: {
    StepTables tables(t, step);
    if (text.size > 0 && tables.ok)
      out.put(tables.text);
    return out.put(text);
  }
  case EKE_NORMALIZE_STRIP:
    return stripSpace(step, text, out);
  case EKE_NORMALIZE_KEYS:
    return mapKeys(t, step, text, out);
  case EKE_NORMALIZE_COLLAPSE:
    return collapseSpaces(text, out);
  default:
    return out.put(text);
  }
}

Bytes normalize(const Tokenizer &t, Bytes text, char *even, char *odd,
                size_t capacity) {
  for (uint32_t i = 0; i < t.header->normalizer_count; ++i) {
    TextBuffer out(i % 2 ? odd : even, capacity);
    apply(t, t.normalizers[i], text, out);
    text = out.bytes();
  }
  return text;
}

} // namespace eke::rt
