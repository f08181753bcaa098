//===- AddedTokens.cpp - Tokens that are found first ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/AddedTokens.h"

#include "runtime/text/Matcher.h"

#include <string.h>

namespace eke::rt {

AddedTokens::AddedTokens(const Tokenizer &t, bool normalized, Bytes text,
                         const LiteralText *literal)
    : tokenizer(&t), literal(literal), begin(text.data),
      end(text.data + text.size), at(begin), from(begin) {
  uint32_t first = t.header->added_first_count;
  tokens = normalized ? t.added + first : t.added;
  count = normalized ? t.header->added_count - first : first;
  starts = normalized ? 2 : 1;
  keepsSpaces = normalized && t.has(EKE_TOKENIZER_MARKED_TEXT);
}

/// Where the texts of sorted tokens stop being less than (or, with `past`, equal to)
/// `byte` at `depth`; all are alike before.
static uint32_t boundary(const Tokenizer &t, const eke_added_token *tokens,
                         uint32_t low, uint32_t high, size_t depth,
                         uint8_t byte, bool past) {
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    Bytes text = t.text(tokens[middle]);
    bool isBefore = text.size <= depth || uint8_t(text.data[depth]) < byte ||
                    (past && uint8_t(text.data[depth]) == byte);
    if (isBefore)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/// May a token be what is between two places? Not one that controls, in literal text.
bool AddedTokens::mayBe(const eke_added_token *token, const char *from,
                        const char *to) const {
  if (!literal || !literal->isControl[token - tokenizer->added])
    return true;
  if (literal->isWhole)
    return false;
  for (const Bytes &stretch : literal->stretches)
    if (stretch.size > 0 && from < stretch.data + stretch.size &&
        to > stretch.data)
      return false;
  return true;
}

/// The longest of the tokens at `place`, or null.
const eke_added_token *AddedTokens::longestAt(const char *place) const {
  const eke_added_token *best = nullptr;
  uint32_t low = 0, high = count;
  for (const char *p = place; p < end && low < high; ++p) {
    size_t depth = size_t(p - place);
    low = boundary(*tokenizer, tokens, low, high, depth, uint8_t(*p), false);
    high = boundary(*tokenizer, tokens, low, high, depth, uint8_t(*p), true);
    if (low < high && tokenizer->text(tokens[low]).size == depth + 1 &&
        mayBe(&tokens[low], place, p + 1))
      best = &tokens[low];
  }
  return best;
}

static bool isWordChar(const Tokenizer &t, uint32_t c) {
  const eke_char_range *ranges = t.wordChars;
  uint32_t count = t.header->word_char_count;
  while (count > 0) {
    uint32_t half = count / 2;
    if (ranges[half].last < c) {
      ranges += half + 1;
      count -= half + 1;
    } else if (ranges[half].first <= c) {
      return true;
    } else {
      count = half;
    }
  }
  return false;
}

/// The character that ends at `at`, and where it begins.
static Char readBefore(const char *begin, const char *at) {
  for (int size = 1; size <= 4 && size <= at - begin; ++size) {
    Char c = readChar(at - size, at);
    if (c.codePoint != brokenByte && c.next == at)
      return {c.codePoint, at - size};
  }
  return {brokenByte, at - 1};
}

bool AddedTokens::isBesideWord(const Match &m) const {
  return (m.begin > begin &&
          isWordChar(*tokenizer, readBefore(begin, m.begin).codePoint)) ||
         (m.end < end &&
          isWordChar(*tokenizer, readChar(m.end, end).codePoint));
}

/// Finds the next token that may be where it is.
bool AddedTokens::find(Match &m) {
  while (from < end) {
    m = {from, from, nullptr};
    if (tokenizer->startsAdded[uint8_t(*from)] & starts)
      m.token = longestAt(from);
    if (!m.token) {
      ++from;
      continue;
    }
    m.end = from = m.begin + m.token->text_bytes;
    if (!(m.token->flags & EKE_ADDED_SINGLE_WORD) || !isBesideWord(m))
      return true;
  }
  return false;
}

bool AddedTokens::isStripped(uint32_t codePoint) const {
  return isSpace(codePoint) && !(keepsSpaces && codePoint == ' ');
}

/// Where the white space at `place` ends; what was passed before is not read again.
const char *AddedTokens::endOfSpace(const char *place) const {
  if (place < spaceEnd)
    return spaceEnd;
  while (place < end) {
    Char c = readChar(place, end);
    if (!isStripped(c.codePoint))
      break;
    place = c.next;
  }
  return place;
}

bool AddedTokens::next(Bytes &text, const eke_added_token *&token) {
  token = found;
  if (found) {
    text = {foundBegin, size_t(foundEnd - foundBegin)};
    at = foundEnd;
    found = nullptr;
    return true;
  }
  Match m;
  if (count == 0 || !find(m)) {
    text = {at, at < end ? size_t(end - at) : 0};
    at = end;
    return text.size > 0;
  }
  const char *start = m.begin;
  if (m.token->flags & EKE_ADDED_LEFT_STRIP)
    while (start > at) {
      Char c = readBefore(begin, start);
      if (!isStripped(c.codePoint) || c.next < at)
        break;
      start = c.next;
    }
  if (m.token->flags & EKE_ADDED_RIGHT_STRIP)
    m.end = spaceEnd = endOfSpace(m.end);
  found = m.token;
  foundBegin = start;
  foundEnd = m.end;
  text = {at, start > at ? size_t(start - at) : 0};
  at = start > at ? start : at;
  return text.size > 0 || next(text, token);
}

} // namespace eke::rt
