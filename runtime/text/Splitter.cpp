//===- Splitter.cpp - Text to words ---------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Splitter.h"

#include "runtime/text/Normalizer.h"

namespace eke::rt {

//===- One step -----------------------------------------------------------===//

void SplitLevel::open(const Tokenizer &tokenizer, const eke_split &split) {
  step = &split;
  if (split.kind == EKE_SPLIT_PATTERN &&
      !matcher.open(tokenizer, split.pattern))
    step = nullptr; // leaves parts as they are
}

void SplitLevel::start(Part part, bool isFirst) {
  rest = part;
  foundCount = 0;
  if (!step)
    return;
  if (step->kind == EKE_SPLIT_PATTERN)
    return matcher.reset();
  bool isMeant = step->kind == EKE_SPLIT_PREFIX_SPACE ||
                 (step->kind == EKE_SPLIT_PREFIX_FIRST_SPACE && isFirst);
  uint32_t first = part.space ? ' ' : readChar(part.begin, part.end).codePoint;
  bool startsWithSpace =
      first == ' ' || (step->inverted && first == markedSpace);
  rest.space = part.space || (isMeant && !startsWithSpace);
}

/// Finds the next match, and gives what is in front of it; the match itself if that is
/// nothing, and all that is left if there is no match.
SplitLevel::Segment SplitLevel::nextSegment() {
  if (foundCount > 0)
    return found[--foundCount];
  for (Part at = rest; !at.isEmpty();) {
    if (const char *stop = matcher.match(at)) {
      Segment match = {{at.begin, stop, at.space}, true};
      Part before = {rest.begin, at.begin, rest.space && !at.space};
      rest = {stop, rest.end, false};
      if (before.isEmpty())
        return match;
      putBack(match);
      return {before, false};
    }
    if (at.space)
      at.space = false;
    else
      at.begin = readChar(at.begin, at.end).next;
  }
  Part all = rest;
  rest = {rest.end, rest.end, false};
  return {all, false};
}

void SplitLevel::putBack(Segment segment) {
  if (foundCount < 2)
    found[foundCount++] = segment;
}

/// Whether a stretch goes on with the next, by whether they are matches.
bool SplitLevel::canJoin(bool first, bool second) const {
  bool isMeant = step->inverted ? !first : first;
  bool isNextMeant = step->inverted ? !second : second;
  switch (step->behavior) {
  case EKE_SPLIT_CONTIGUOUS:
    return isMeant == isNextMeant;
  case EKE_SPLIT_MERGED_WITH_PREVIOUS:
    return !isMeant && isNextMeant;
  case EKE_SPLIT_MERGED_WITH_NEXT:
    return isMeant && !isNextMeant;
  default:
    return false;
  }
}

bool SplitLevel::next(Part &part) {
  if (!step || step->kind != EKE_SPLIT_PATTERN) {
    part = rest;
    rest = {rest.end, rest.end, false};
    return true;
  }
  Segment segment = nextSegment();
  part = segment.part;
  if (step->behavior == EKE_SPLIT_ISOLATED)
    return true;
  if (step->behavior == EKE_SPLIT_REMOVED)
    return segment.isMatch == (step->inverted != 0);
  bool isMatch = segment.isMatch;
  while (!isDone()) {
    Segment following = nextSegment();
    if (!canJoin(isMatch, following.isMatch)) {
      putBack(following);
      break;
    }
    part.end = following.part.end;
    if (step->behavior != EKE_SPLIT_CONTIGUOUS)
      break;
  }
  return true;
}

//===- All steps ----------------------------------------------------------===//

Splitter::Splitter(const Tokenizer &t, Bytes text, char *buffers,
                   size_t capacity, const LiteralText *literal)
    : tokenizer(t), textBegin(text.data), buffers(buffers), capacity(capacity),
      literal(literal), stretches(t, /*normalized=*/false, text, literal) {
  for (; levelCount < t.header->split_count; ++levelCount)
    levels[levelCount].open(t, t.splits[levelCount]);
}

/// Gives the next part or added token, in front of all splits.
bool Splitter::nextPart(Word &word) {
  Bytes text;
  const eke_added_token *token;
  for (;;) {
    if (hasParts && parts.next(text, token)) {
      word = {text, false, token ? int64_t(token->id) : -1};
      return true;
    }
    hasParts = false;
    if (!stretches.next(text, token))
      return false;
    if (token) {
      word = {text, false, token->id};
      return true;
    }
    isAtStart = text.data == textBegin;
    if (tokenizer.header->normalizer_count > 0)
      text = normalize(tokenizer, text, buffers, buffers + capacity, capacity);
    stretchBegin = text.data;
    // Normalized text has other places, of which only whole texts know what they are.
    parts = AddedTokens(tokenizer, /*normalized=*/true, text,
                        literal && literal->isWhole ? literal : nullptr);
    hasParts = true;
  }
}

bool Splitter::next(Word &word) {
  for (;;) {
    uint32_t level = levelCount; // behind the last one that has something left
    while (level > 0 && levels[level - 1].isDone())
      --level;
    Part part;
    if (level == 0) {
      if (!nextPart(word))
        return false;
      if (word.added >= 0)
        return true;
      part = {word.text.data, word.text.data + word.text.size, false};
    } else if (!levels[level - 1].next(part)) {
      continue;
    }
    if (level == levelCount) {
      word = {{part.begin, size_t(part.end - part.begin)}, part.space, -1};
      return true;
    }
    levels[level].start(part, isAtStart && part.begin == stretchBegin);
  }
}

} // namespace eke::rt
