//===- TokenizerTables.h - The runtime's tokenizer tables -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_TOKENIZERTABLES_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_TOKENIZERTABLES_H

#include "compiler/frontend/tokenizer/PatternTables.h"

#include "runtime/include/eke/abi.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// An `eke_added_token` and its text.
struct AddedToken {
  uint32_t id;
  uint32_t flags;
  std::string text;
};

/// An `eke_normalizer` and its tables. Steps that have the same tables share them.
struct NormalizerTable {
  uint32_t kind;
  uint32_t count = 0; ///< where `table` is empty
  std::vector<uint32_t> table = {};
  std::string text = {};
  std::vector<uint32_t> pairs = {}; ///< in place of a text
};

/// What an `eke_tokenizer` holds, before it is one block of bytes.
struct TokenizerTables {
  uint32_t model = EKE_TOKENIZER_MERGES;
  /// EKE_TOKENIZER_…; serialize adds EKE_TOKENIZER_WIDE and _FLOAT_SCORES where needed.
  uint32_t flags = 0;
  uint32_t unknown = EKE_NO_TOKEN;
  uint32_t growth = 1, extra = 0;
  uint32_t longestWord = 0;
  uint32_t strip = 0;
  /// The bytes each token stands for; empty for a number without a token.
  std::vector<std::string> tokens;
  /// Other texts of tokens, and which.
  std::vector<std::pair<std::string, uint32_t>> aliases;
  /// The token of each byte, or EKE_NO_TOKEN.
  std::array<uint32_t, 256> byteIds;
  /// Tokens and aliases (from tokens.size() on) that are searched for.
  std::vector<uint32_t> searched;
  std::vector<eke_wide_merge> merges;
  /// Of tokens, aliases and what is unknown, or none.
  std::vector<double> scores;
  std::vector<AddedToken> addedFirst, addedNormalized;
  std::vector<NormalizerTable> normalizers;
  std::vector<eke_split> splits;
  std::vector<PatternTables> patterns;
  CodeSet wordChars;

  TokenizerTables() { byteIds.fill(EKE_NO_TOKEN); }

  const std::string &textOf(uint32_t number) const {
    return number < tokens.size() ? tokens[number]
                                  : aliases[number - tokens.size()].first;
  }

  /// Sorts the merges as the blob needs them. Returns the rank of a merge that
  /// has the same two tokens as another one, if there is any.
  std::optional<uint32_t> sortMerges();

  /// The blob; nothing if its offsets do not fit 32 bits.
  std::optional<std::vector<uint8_t>> serialize() const;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_TOKENIZERTABLES_H
