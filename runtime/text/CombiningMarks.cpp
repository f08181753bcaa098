//===- CombiningMarks.cpp - Canonical order and composition ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// As chapter 3.11 of the Unicode standard has it, in linear time also for letters that
// have any number of marks.
//===----------------------------------------------------------------------===//

#include "runtime/text/Matcher.h"
#include "runtime/text/Normalizer.h"
#include "runtime/text/Tables.h"

namespace eke::rt {

namespace {

/// The combining classes of characters, 0 for most.
struct MarkClasses {
  const eke_char_map *table;
  uint32_t count;

  MarkClasses(const Tokenizer &t, const eke_normalizer &step) {
    TableReader in(t);
    table = in.take<eke_char_map>(step.table, step.count);
    count = in.ok ? step.count : 0;
  }

  uint32_t of(uint32_t codePoint) const {
    if (codePoint < 0x300)
      return 0;
    const eke_char_map *found = findChar(table, count, codePoint);
    return found ? found->value : 0;
  }
};

/// Pairs of characters that are one.
struct Compositions {
  const eke_composition *table;
  uint32_t count;

  Compositions(const Tokenizer &t, const eke_normalizer &step) {
    TableReader in(t);
    count = step.text_bytes / uint32_t(sizeof(eke_composition));
    table = in.take<eke_composition>(step.text, count);
    count = in.ok ? count : 0;
  }

  /// The composition of two characters, or 0.
  uint32_t of(uint32_t left, uint32_t right) const {
    if (left - 0x1100 < 19 && right - 0x1161 < 21)
      return 0xac00 + ((left - 0x1100) * 21 + right - 0x1161) * 28;
    if (left - 0xac00 < 11172 && (left - 0xac00) % 28 == 0 &&
        right - 0x11a8 < 27)
      return left + right - 0x11a7;
    uint64_t key = uint64_t(left) << 32 | right;
    uint32_t low = 0, high = count;
    while (low < high) {
      uint32_t middle = low + (high - low) / 2;
      uint64_t here = uint64_t(table[middle].left) << 32 | table[middle].right;
      if (here == key)
        return table[middle].result;
      if (here < key)
        low = middle + 1;
      else
        high = middle;
    }
    return 0;
  }
};

} // namespace

/// The end of the marks at `at`.
static const char *endOfMarks(const MarkClasses &classes, const char *at,
                              const char *end) {
  while (at < end) {
    Char c = readChar(at, end);
    if (classes.of(c.codePoint) == 0)
      break;
    at = c.next;
  }
  return at;
}

/// Writes marks by their classes, those of equal class in the order that they have: once
/// through all for each class that occurs, of which there are few.
static void sortMarks(const MarkClasses &classes, const char *at,
                      const char *end, TextBuffer &out) {
  constexpr uint32_t none = ~0u;
  uint32_t next = 1;
  while (next != none) {
    uint32_t now = next;
    next = none;
    for (const char *p = at; p < end;) {
      Char c = readChar(p, end);
      uint32_t kind = classes.of(c.codePoint);
      if (kind == now)
        out.put(p, size_t(c.next - p));
      else if (kind > now && kind < next)
        next = kind;
      p = c.next;
    }
  }
}

void reorderMarks(const Tokenizer &t, const eke_normalizer &step, Bytes text,
                  TextBuffer &out) {
  MarkClasses classes(t, step);
  const char *end = text.data + text.size;
  for (const char *at = text.data; at < end;) {
    const char *marks = endOfMarks(classes, at, end);
    if (marks > at) {
      sortMarks(classes, at, marks, out);
      at = marks;
      continue;
    }
    Char c = readChar(at, end);
    out.put(at, size_t(c.next - at));
    at = c.next;
  }
}

namespace {

/// A letter with the marks behind it.
struct Composer {
  const MarkClasses &classes;
  const Compositions &compositions;

  /// Joins marks to `letter` as far as possible, and calls keep(mark) for the others.
  /// Returns whether all were joined.
  template <typename Keep>
  bool join(uint32_t &letter, const char *at, const char *end, Keep keep) {
    uint32_t last = 0;
    while (at < end) {
      Char c = readChar(at, end);
      uint32_t kind = classes.of(c.codePoint);
      uint32_t joined = last < kind ? compositions.of(letter, c.codePoint) : 0;
      if (joined) {
        letter = joined;
      } else {
        last = kind;
        keep(Bytes{at, size_t(c.next - at)});
      }
      at = c.next;
    }
    return last == 0;
  }
};

} // namespace

void composeMarks(const Tokenizer &t, const eke_normalizer &step, Bytes text,
                  TextBuffer &out) {
  MarkClasses classes(t, step);
  Compositions compositions(t, step);
  Composer composer = {classes, compositions};
  const char *end = text.data + text.size;
  for (const char *at = text.data; at < end;) {
    Char c = readChar(at, end);
    if (c.codePoint == brokenByte || classes.of(c.codePoint) != 0) {
      out.put(at, size_t(c.next - at)); // nothing to join to
      at = c.next;
      continue;
    }
    uint32_t letter = c.codePoint, before = letter;
    const char *marks = c.next, *stop = marks;
    for (;;) {
      stop = endOfMarks(classes, marks, end);
      before = letter;
      if (!composer.join(letter, marks, stop, [](Bytes) {}) || stop == end)
        break;
      Char next = readChar(stop, end);
      uint32_t joined = next.codePoint == brokenByte
                            ? 0
                            : compositions.of(letter, next.codePoint);
      if (!joined)
        break;
      letter = joined;
      marks = next.next;
    }
    out.putCodePoint(letter);
    composer.join(before, marks, stop, [&](Bytes mark) { out.put(mark); });
    at = stop;
  }
}

} // namespace eke::rt
