//===- Splitter.cpp - Text to words, before BPE ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GPT-2's pattern, matched by hand:
//
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// Whatever comes, one alternative matches, so the words cover the text. A byte
// that is no UTF-8 counts as a character of its own, neither letter, number nor
// space.
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"

#include <string.h>

namespace eke::rt {

namespace {

/// One character: its class, and where the next one starts.
struct Char {
  CharClass kind;
  const char *next;
};

} // namespace

static Char charAt(const Tokenizer &t, const char *at, const char *end) {
  Utf8Reader reader;
  for (const char *p = at; p < end; ++p) {
    Utf8 step = reader.feed(uint8_t(*p));
    if (step == Utf8::Done)
      return {t.classOf(reader.codePoint), p + 1};
    if (step != Utf8::More)
      break;
  }
  return {CharClass::Other, at + 1};
}

/// The length of a contraction at `at`, or 0.
static size_t contraction(const char *at, const char *end) {
  static const char endings[][3] = {"s", "t", "re", "ve", "m", "ll", "d"};
  if (*at != '\'')
    return 0;
  for (const char *ending : endings) {
    size_t size = strlen(ending);
    if (size_t(end - at) > size && memcmp(at + 1, ending, size) == 0)
      return 1 + size;
  }
  return 0;
}

static const char *runEnd(const Tokenizer &t, const char *at, const char *end,
                          CharClass kind) {
  while (at < end) {
    Char c = charAt(t, at, end);
    if (c.kind != kind)
      break;
    at = c.next;
  }
  return at;
}

/// The end of the white space at `at`: all of it at the end of the text, else
/// all but the last character unless that is all there is.
static const char *spaceEnd(const Tokenizer &t, const char *at, const char *end,
                            bool spaceBefore) {
  int count = spaceBefore;
  const char *last = at;
  const char *p = at;
  while (p < end) {
    Char c = charAt(t, p, end);
    if (c.kind != CharClass::Space)
      return count > 1 ? last : p;
    last = p;
    p = c.next;
    count = count < 2 ? count + 1 : 2;
  }
  return end;
}

/// The end of the word that starts at `at` (or with a space before it).
static const char *wordEnd(const Tokenizer &t, const char *at, const char *end,
                           bool spaceBefore) {
  if (!spaceBefore)
    if (size_t size = contraction(at, end))
      return at + size;
  const char *run = at;
  if (!spaceBefore && *at == ' ' && at + 1 < end)
    ++run;
  CharClass kind = charAt(t, run, end).kind;
  if (kind != CharClass::Space)
    return runEnd(t, run, end, kind);
  return spaceEnd(t, at, end, spaceBefore);
}

/// The longest added token that starts at `at` and is one of those that are normalized,
/// or of the others; or null.
static const eke_added_token *addedAtStart(const Tokenizer &t, uint32_t kind,
                                           const char *at, const char *end) {
  if (!t.startsAdded[uint8_t(*at)])
    return nullptr;
  const eke_added_token *best = nullptr;
  size_t bestSize = 0;
  for (uint32_t i = 0; i < t.header->added_count; ++i) {
    Bytes text = t.text(t.added[i]);
    if ((t.added[i].flags & EKE_ADDED_NORMALIZED) == kind &&
        text.size > bestSize && text.size <= size_t(end - at) &&
        memcmp(at, text.data, text.size) == 0) {
      best = &t.added[i];
      bestSize = text.size;
    }
  }
  return best;
}

Splitter::Splitter(const Tokenizer &tokenizer, Bytes text)
    : tokenizer(tokenizer), at(text.data), end(text.data + text.size),
      partEnd(at), first{at, nullptr}, normalized{at, nullptr},
      nearest(&first) {}

/// Finds the next added token between `at` and `limit`, unless `next` is it already or
/// there was none.
void Splitter::find(Added &next, uint32_t kind, const char *limit) {
  if (next.token || next.at >= limit)
    return;
  next.at = at;
  while (next.at < limit &&
         !(next.token = addedAtStart(tokenizer, kind, next.at, limit)))
    ++next.at;
}

/// Finds the part that starts at `at`; empty when an added token is there.
void Splitter::startPart() {
  find(first, 0, end);
  find(normalized, EKE_ADDED_NORMALIZED, first.at);
  nearest = normalized.token ? &normalized : &first;
  partEnd = nearest->at;
  if (at < partEnd && tokenizer.has(EKE_TOKENIZER_SPLIT_DIGITS)) {
    Char first = charAt(tokenizer, at, partEnd);
    if (first.kind == CharClass::Number) {
      partEnd = first.next;
    } else {
      const char *p = first.next;
      while (p < partEnd) {
        Char c = charAt(tokenizer, p, partEnd);
        if (c.kind == CharClass::Number)
          break;
        p = c.next;
      }
      partEnd = p;
    }
  }
  spaceBefore =
      tokenizer.has(EKE_TOKENIZER_PREFIX_SPACE) && at < partEnd && *at != ' ';
}

bool Splitter::next(Word &word) {
  if (at == end)
    return false;
  if (at == partEnd)
    startPart();
  if (at == nearest->at) { // the part is empty
    size_t size = nearest->token->text_bytes;
    word = {{at, size}, false, nearest->token->id};
    at += size;
    partEnd = at;
    nearest->token = nullptr;
    return true;
  }
  const char *stop = partEnd;
  if (tokenizer.has(EKE_TOKENIZER_GPT2_PATTERN))
    stop = wordEnd(tokenizer, at, partEnd, spaceBefore);
  word = {{at, size_t(stop - at)}, spaceBefore, -1};
  at = stop;
  spaceBefore = false;
  return true;
}

} // namespace eke::rt
