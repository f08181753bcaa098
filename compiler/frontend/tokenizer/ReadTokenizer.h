//===- ReadTokenizer.h - Files that describe a tokenizer ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_READTOKENIZER_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_READTOKENIZER_H

#include "compiler/frontend/tokenizer/TokenizerDescription.h"

#include "llvm/Support/JSON.h"

namespace mlir::eke {

/// Reads the text of a tokenizer.json. `file` names it in errors, and no token has a
/// number of `size` or more.
llvm::Expected<TokenizerDescription>
readTokenizerJSON(llvm::StringRef text, llvm::StringRef file, uint32_t size);

/// Reads the steps of a tokenizer.json that are in front of the model and behind it.
llvm::Error readTokenizerSteps(const llvm::json::Object &root,
                               TokenizerDescription &description);

/// Reads the bytes of a tokenizer.model of SentencePiece.
llvm::Expected<TokenizerDescription>
readSentencePiece(llvm::StringRef bytes, llvm::StringRef file, uint32_t size);

/// Reads the texts of a vocab.json and of the merges.txt beside it: GPT-2's tokenizer.
llvm::Expected<TokenizerDescription>
readVocabulary(llvm::StringRef vocabulary, llvm::StringRef merges,
               llvm::StringRef file, llvm::StringRef mergesFile, uint32_t size);

/// What BERT's tokenizer does to a text before it is split.
struct BertNormalization {
  bool lowercase = true;
  /// Absent: if letters become lower case.
  std::optional<bool> stripsAccents;
  bool spacesChinese = true;
  bool cleans = true;
};

/// Adds the steps of BERT's tokenizer, which has the model WordPiece.
llvm::Error addWordPieceSteps(const BertNormalization &how,
                              TokenizerDescription &description);

/// Reads the text of the vocab.txt that is called `file`: WordPiece, as the configurations
/// beside it say.
llvm::Expected<TokenizerDescription>
readWordPieces(llvm::StringRef text, llvm::StringRef file, uint32_t size);

/// What else says which tokens are added.
inline constexpr llvm::StringLiteral configuredTokenFiles[] = {
    "added_tokens.json", "tokenizer_config.json", "special_tokens_map.json"};

/// Adds what those of these files that `directory` has say of added tokens, for files that
/// have none of their own.
llvm::Error addConfiguredTokens(llvm::StringRef directory, uint32_t size,
                                TokenizerDescription &description);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_READTOKENIZER_H
