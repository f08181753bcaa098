//===- Tokenizer.h - tokenizer.json becomes the runtime's tables ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_H

#include "compiler/frontend/Model.h"

#include <cstdint>
#include <vector>

namespace mlir::eke {

/// Serialises the tokenizer that `description` names as an `eke_tokenizer`
/// (runtime/include/eke/abi.h). Empty if it names none.
llvm::Expected<std::vector<uint8_t>>
compileTokenizer(const ModelDescription &description);

/// The same for the file at `path`: a tokenizer.json, a tokenizer.model, a vocab.txt, a GGUF
/// file, or a vocab.json that has a merges.txt beside it. A post-processor may put `vocabulary.bos` before a
/// text, and for an encoder the first of `vocabulary.eos` behind it, which a compiled model
/// does anyway.
llvm::Expected<std::vector<uint8_t>>
compileTokenizerFile(llvm::StringRef path, const proto::Vocabulary &vocabulary,
                     bool isEncoder = false);

/// What is wrong with the tokenizer that `description` names, where the description itself
/// is wrong and will not be compiled. Without a size of the vocabulary nothing is said.
llvm::Error checkTokenizer(const ModelDescription &description);

/// All files that the tokenizer at `path` is read from.
std::vector<std::string> listTokenizerFiles(llvm::StringRef path);

/// The same for the text of a tokenizer.json; `file` names it in errors.
llvm::Expected<std::vector<uint8_t>>
compileTokenizer(llvm::StringRef text, llvm::StringRef file,
                 const proto::Vocabulary &vocabulary);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_H
