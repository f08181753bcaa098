//===- TokenizerTables.h - The runtime's tokenizer tables -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_TOKENIZERTABLES_H
#define EKE_COMPILER_FRONTEND_TOKENIZERTABLES_H

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

/// What an `eke_tokenizer` holds, before it is one block of bytes.
struct TokenizerTables {
  /// EKE_TOKENIZER_…; serialize adds EKE_TOKENIZER_WIDE where needed.
  uint32_t flags = 0;
  /// The bytes each token stands for; empty for a number without a token.
  std::vector<std::string> tokens;
  std::vector<eke_wide_merge> merges;
  /// The token of each byte, or EKE_NO_TOKEN.
  std::array<uint32_t, 256> byteIds;
  uint32_t unknown = EKE_NO_TOKEN;
  std::vector<AddedToken> added;

  TokenizerTables() { byteIds.fill(EKE_NO_TOKEN); }

  /// Sorts the merges as the blob needs them. Returns the rank of a merge that
  /// has the same two tokens as another one, if there is any.
  std::optional<uint32_t> sortMerges();

  /// The blob; nothing if its offsets do not fit 32 bits.
  std::optional<std::vector<uint8_t>> serialize() const;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZERTABLES_H
