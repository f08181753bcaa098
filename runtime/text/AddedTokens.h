//===- AddedTokens.h - Tokens that are found first --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_ADDEDTOKENS_H
#define EKE_RUNTIME_TEXT_ADDEDTOKENS_H

#include "runtime/text/Tokenizer.h"

namespace eke::rt {

/// Cuts a text at one kind of added tokens: at those that are normalized, or at the
/// others.
class AddedTokens {
public:
  AddedTokens() = default;
  AddedTokens(const Tokenizer &tokenizer, bool normalized, Bytes text,
              const LiteralText *literal = nullptr);

  /// Gives what comes next: a stretch of text that is not empty, or with `token` an added
  /// token. Returns false at the end.
  bool next(Bytes &text, const eke_added_token *&token);

private:
  struct Match {
    const char *begin, *end;
    const eke_added_token *token;
  };

  bool find(Match &match);
  const eke_added_token *longestAt(const char *at) const;
  bool isBesideWord(const Match &match) const;
  const char *endOfSpace(const char *place) const;
  bool isStripped(uint32_t codePoint) const;
  bool mayBe(const eke_added_token *token, const char *at,
             const char *end) const;

  const Tokenizer *tokenizer = nullptr;
  const eke_added_token *tokens = nullptr; ///< sorted by text
  uint32_t count = 0;
  uint8_t starts = 0;       ///< in startsAdded
  bool keepsSpaces = false; ///< ' ' is no white space
  const LiteralText *literal = nullptr;
  const char *begin = nullptr, *end = nullptr;
  const char *at = nullptr;               ///< what is in front was given
  const char *from = nullptr;             ///< where the search goes on
  const eke_added_token *found = nullptr; ///< the token to give next
  const char *foundBegin = nullptr, *foundEnd = nullptr;
  const char *spaceEnd = nullptr; ///< of the last white space that a token took
};

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_ADDEDTOKENS_H
