//===- StopTexts.h - Texts that end a text ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_STOPTEXTS_H
#define EKE_RUNTIME_PROGRAMS_STOPTEXTS_H

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// Passes a text on up to the first of some other texts. What may be the beginning of one
/// is held back until that is known.
class StopTexts {
public:
  static constexpr int most = 17; ///< what options name, and one of a chat
  static constexpr size_t longest = 256;

  /// Adds a text of 1 to `longest` bytes.
  void add(Bytes text) { texts[count++] = text; }

  /// Begins another text.
  void begin() {
    heldSize = 0;
    passed = 0;
    found = false;
  }

  /// Takes more of the text and gives `sink` what is in front of all stop texts.
  void put(const char *data, size_t size, TextStream::Sink sink, void *ctx);

  /// Was there one? Then nothing is passed on any more.
  bool isFound() const { return found; }

  /// What is held back at the end, in front of nothing.
  Bytes held() const { return {buffer, found ? 0 : heldSize}; }

  /// How many bytes were passed on or are held back: with a stop text, those in front.
  uint64_t length() const { return passed + (found ? 0 : heldSize); }

private:
  size_t endsWithStop() const;
  bool mayBegin(size_t from) const;

  Bytes texts[most];
  int count = 0;
  char buffer[longest];
  size_t heldSize = 0;
  uint64_t passed = 0;
  bool found = false;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_STOPTEXTS_H
