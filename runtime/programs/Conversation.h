//===- Conversation.h - A conversation as tokens ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_CONVERSATION_H
#define EKE_RUNTIME_PROGRAMS_CONVERSATION_H

#include "runtime/programs/StopTexts.h"

namespace eke::rt {

/// The tokens of a conversation, from its start to the answer that is being made. What
/// stands around messages are the model's own texts, in which special tokens are tokens;
/// in messages they are mere text.
class Conversation {
public:
  /// The most bytes of a message.
  static constexpr size_t longestMessage = 256 * 1024;

  /// `system` is null if nobody gave one.
  Conversation(const Tokenizer &tokenizer, const eke_language &language,
               const char *system);

  /// Begins another one.
  void restart() { size = 0; }

  /// Adds a message of the user and what stands before the answer. False, and it is not
  /// added, if it does not fit.
  bool addMessage(Bytes message);

  /// Adds a token of the answer; `textEnd` is how long the text of the answer is with it.
  void addToken(int32_t token, uint64_t textEnd);

  /// Leaves out the last tokens of the answer, whose text goes beyond so many bytes.
  void cutAnswer(uint64_t textSize);

  const int32_t *tokens() const { return ids; }
  int64_t count() const { return size; }
  bool isEmpty() const { return size == 0; }

  /// The token that ends an answer, or -1; then there is a text that does.
  int32_t endToken() const { return end; }
  Bytes endText() const { return stop; }

private:
  void findControlTokens(Bytes part);
  void findEnd();
  int64_t encodeParts(const Bytes *parts, int count);

  const Tokenizer &tokenizer;
  const eke_chat &form;
  int64_t context;
  Bytes system;
  bool *isControl; ///< by the place in the tokenizer's `added`
  bool normalizesControl = false;
  char *text; ///< what is new, as text and as tokens
  int32_t *newIds;
  void *scratch;
  int32_t *ids;
  uint64_t *textEnds; ///< of the tokens of the answer
  int64_t size = 0;
  int64_t answerBegin = 0;
  int32_t end = -1;
  Bytes stop = {nullptr, 0};
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_CONVERSATION_H
