//===- TokenDecoder.h - What tokens are in decoded text -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_TOKENDECODER_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_TOKENDECODER_H

#include "compiler/frontend/tokenizer/ByteAlphabet.h"
#include "compiler/frontend/tokenizer/TokenizerDescription.h"
#include "compiler/frontend/tokenizer/TokenizerTables.h"

namespace mlir::eke {

/// The byte that a token such as "<0x0A>" is.
std::optional<uint8_t> byteOf(llvm::StringRef text);

/// Replaces every `from` in `text`.
void replaceAll(std::string &text, llvm::StringRef from, llvm::StringRef to);

/// Applies the steps from tokens to text when tables are made: a program has the text of
/// each token, and looks only at the start of a text.
class TokenDecoder {
public:
  explicit TokenDecoder(llvm::ArrayRef<DecoderStep> steps) : steps(steps) {}

  /// What a token is, other than at the start of a text.
  std::string decode(llvm::StringRef token, bool isByte) const;

  /// Writes down what is left out at the start.
  llvm::Error setFlags(TokenizerTables &tables) const;

private:
  llvm::ArrayRef<DecoderStep> steps;
  const ByteAlphabet alphabet;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_TOKENDECODER_H
