//===- Splitter.h - Text to words -------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_SPLITTER_H
#define EKE_RUNTIME_TEXT_SPLITTER_H

#include "runtime/text/AddedTokens.h"
#include "runtime/text/Matcher.h"

namespace eke::rt {

/// A stretch of text that becomes tokens on its own.
struct Word {
  Bytes text;
  bool spaceBefore; ///< a space the text does not have comes first
  int64_t added;    ///< id of the added token that this is, or -1
};

/// One step that cuts parts.
class SplitLevel {
public:
  void open(const Tokenizer &tokenizer, const eke_split &step);

  bool isDone() const { return rest.isEmpty() && foundCount == 0; }
  void start(Part part, bool isFirst);
  /// Gives the next part if the step keeps it; it is no error to be called when done.
  bool next(Part &part);

private:
  /// A stretch that the pattern matches, or that it does not.
  struct Segment {
    Part part;
    bool isMatch;
  };

  Segment nextSegment();
  bool canJoin(bool first, bool second) const;
  void putBack(Segment segment);

  const eke_split *step = nullptr;
  Matcher matcher;
  Part rest = {nullptr, nullptr, false}; ///< not searched yet
  Segment found[2];                      ///< in front of it, the next one last
  int foundCount = 0;
};

/// Cuts text into words.
class Splitter {
public:
  /// `buffers`, if there are normalizers, are two of `capacity` bytes.
  Splitter(const Tokenizer &tokenizer, Bytes text, char *buffers,
           size_t capacity, const LiteralText *literal);

  /// Gives the next word, or false at the end.
  bool next(Word &word);

private:
  bool nextPart(Word &part);

  const Tokenizer &tokenizer;
  const char *textBegin;
  char *buffers;
  size_t capacity;
  const LiteralText *literal;
  AddedTokens stretches, parts;
  bool hasParts = false;
  bool isAtStart = false; ///< the stretch is the first of the text
  const char *stretchBegin = nullptr;
  uint32_t levelCount = 0;
  SplitLevel levels[EKE_MOST_SPLITS];
};

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_SPLITTER_H
