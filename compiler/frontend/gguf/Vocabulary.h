//===- Vocabulary.h - The tokens of a GGUF file ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_GGUF_VOCABULARY_H
#define EKE_COMPILER_FRONTEND_GGUF_VOCABULARY_H

#include "compiler/frontend/Model.h"
#include "compiler/frontend/gguf/File.h"

namespace mlir::eke {

/// Finds the token that starts every text, if one does, and those that end one.
/// `vocabulary` has its size.
llvm::Error readVocabulary(const GGUFMetadata &values,
                           proto::Vocabulary &vocabulary);

/// Does the tokenizer called `pre`, of the kind `model`, ask for these where the file
/// says nothing?
struct TokenizerDefaults {
  bool addsStart = false;
  /// The start's number, if the file has none.
  std::optional<uint32_t> start;
  /// A word that is a token becomes it, whatever merges say.
  bool ignoresMerges = false;
};
TokenizerDefaults getTokenizerDefaults(llvm::StringRef model,
                                       llvm::StringRef pre);

/// The tokens that an encoder needs, where a file names none: those of BERT.
struct WordPieceDefaults {
  uint32_t unknown = 100, start = 101, end = 102;
};
inline constexpr WordPieceDefaults wordPieceDefaults;

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_VOCABULARY_H
