//===- Tokenizer.h - The tokenizer of a GGUF file -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_GGUF_TOKENIZER_H
#define EKE_COMPILER_FRONTEND_GGUF_TOKENIZER_H

#include "compiler/frontend/gguf/Metadata.h"
#include "compiler/frontend/tokenizer/TokenizerDescription.h"

namespace mlir::eke {

/// Does the file have a tokenizer, of whatever kind?
bool hasTokenizer(const GGUFMetadata &values);

/// Reads it: byte-level BPE with one of the split patterns that are known by name (the
/// model `gpt2`), or SentencePiece's BPE (`llama`). No token has a number of `size` or
/// more.
llvm::Expected<TokenizerDescription>
readGGUFTokenizer(const GGUFMetadata &values, uint32_t size);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_TOKENIZER_H
