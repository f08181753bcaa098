//===- Matcher.cpp - Patterns as automata ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Matcher.h"

#include "runtime/text/Tables.h"

namespace eke::rt {

Char readChar(const char *at, const char *end) {
  if (uint8_t(*at) < 0x80)
    return {uint8_t(*at), at + 1};
  Utf8Reader reader;
  for (const char *p = at; p < end; ++p) {
    Utf8 step = reader.feed(uint8_t(*p));
    if (step == Utf8::Done)
      return {reader.codePoint, p + 1};
    if (step != Utf8::More)
      break;
  }
  return {brokenByte, at + 1};
}

bool isSpace(uint32_t c) {
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool Matcher::open(const Tokenizer &t, uint32_t number) {
  if (number >= t.header->pattern_count)
    return false;
  const eke_pattern &p = t.patterns[number];
  rangeCount = p.range_count;
  classCount = p.class_count;
  brokenClass = p.broken_class;
  stateCount = p.state_count;
  TableReader in(t);
  ascii = in.take<uint8_t>(p.ascii, 128);
  ranges = in.take<uint32_t>(p.ranges, p.range_count);
  states = in.take<uint16_t>(p.states, uint64_t(p.state_count) *
                                           (uint64_t(p.class_count) + 1));
  loops = in.take<uint8_t>(p.loops, p.state_count);
  reset();
  return in.ok && stateCount >= 2;
}

void Matcher::reset() {
  for (Vain &v : vain)
    v = {nullptr, nullptr};
}

uint32_t Matcher::classOf(uint32_t codePoint) const {
  if (codePoint < 128)
    return ascii[codePoint];
  if (codePoint == brokenByte || rangeCount == 0)
    return brokenClass;
  uint32_t low = 0, count = rangeCount;
  while (count > 1) { // the last range that starts at or before the character
    uint32_t half = count / 2;
    if (ranges[low + half] >> 8 <= codePoint)
      low += half;
    count -= half;
  }
  return ranges[low] & 0xff;
}

const char *Matcher::match(Part part) {
  const char *best = nullptr, *at = part.begin;
  const char *waits = nullptr, *waited = nullptr; // in the loop below
  uint32_t state = 1, loop = 0;
  bool hasMoved = false;
  for (;;) {
    bool atEnd = at == part.end && !part.space;
    Char c = {' ', at};
    if (!atEnd && !part.space)
      c = readChar(at, part.end);
    part.space = false;
    uint32_t kind = atEnd ? classCount : classOf(c.codePoint);
    if (kind > classCount)
      break;
    uint32_t step = states[size_t(state) * (classCount + 1) + kind];
    if ((step & EKE_PATTERN_MATCH) && hasMoved) { // a match is never empty
      best = at;
      waits = nullptr;
    }
    state = step & (EKE_PATTERN_MATCH - 1);
    if (atEnd || state == 0 || state >= stateCount)
      break;
    at = c.next;
    hasMoved = true;
    uint32_t now = loops[state];
    if (now == 0 || now > EKE_MOST_LOOPS)
      continue;
    if (!waits || loop != now) {
      waits = at;
      loop = now;
    }
    waited = at;
    if (vain[loop - 1].begin <= at && at < vain[loop - 1].end) {
      vain[loop - 1].begin = waits;
      return best;
    }
  }
  if (waits)
    vain[loop - 1] = {waits, waited + 1};
  return best;
}

} // namespace eke::rt
