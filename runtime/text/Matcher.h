//===- Matcher.h - Patterns as automata -------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler makes an automaton of every pattern. It finds the match that a
// backtracking engine would find, reading each character once: a state is the list of
// ways to go on, the preferred first. Whether a match ends somewhere may depend on the
// character behind, so it is known one character later.
//
// A search from one place may read far beyond the match that it finds, in a state that
// waits for something that does not come. Such a state stays in itself ("loops"), and
// each search passes at most one of them. The matcher keeps where waiting was in vain,
// and does not wait there again: all searches of a text together take linear time.
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_MATCHER_H
#define EKE_RUNTIME_TEXT_MATCHER_H

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// A character, or a byte that belongs to none, and where the next one starts.
struct Char {
  uint32_t codePoint; ///< brokenByte if it is no UTF-8
  const char *next;
};
constexpr uint32_t brokenByte = 0x110000;
/// SentencePiece's sign for a space.
constexpr uint32_t markedSpace = 0x2581;

Char readChar(const char *at, const char *end);

/// Whether the character is white space, as Unicode has it.
bool isSpace(uint32_t codePoint);

/// A stretch of text, with a space in front that the text does not have if `space`.
struct Part {
  const char *begin, *end;
  bool space;

  bool isEmpty() const { return begin == end && !space; }
};

/// Finds one pattern in texts.
class Matcher {
public:
  Matcher() = default;
  /// Returns whether the blob has the pattern.
  bool open(const Tokenizer &tokenizer, uint32_t number);

  /// Forgets the last text.
  void reset();

  /// The end of the match at the start of `part`, or null.
  const char *match(Part part);

private:
  uint32_t classOf(uint32_t codePoint) const;

  /// Where a loop has waited in vain.
  struct Vain {
    const char *begin, *end;
  };

  const uint8_t *ascii;
  const uint32_t *ranges;
  const uint16_t *states;
  const uint8_t *loops;
  uint32_t rangeCount, classCount, brokenClass, stateCount;
  Vain vain[EKE_MOST_LOOPS];
};

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_MATCHER_H
