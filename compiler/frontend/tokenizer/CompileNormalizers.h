//===- CompileNormalizers.h - Steps on a text as tables -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_COMPILENORMALIZERS_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_COMPILENORMALIZERS_H

#include "compiler/frontend/tokenizer/TokenizerDescription.h"
#include "compiler/frontend/tokenizer/TokenizerTables.h"

namespace mlir::eke {

/// The sign for a space, which a program writes as a space.
inline constexpr uint32_t markedSpace = 0x2581;
inline constexpr llvm::StringLiteral markedSpaceText = "\u2581";

/// `text` with a space for every sign of one.
std::string unmark(llvm::StringRef text);

/// Adds the steps to `tables`. `marked` becomes true where one of them writes the sign for
/// spaces: from there on a space in the program's text stands for it.
llvm::Error compileNormalizers(llvm::ArrayRef<NormalizerStep> steps,
                               TokenizerTables &tables, bool &marked);

/// Reads the pattern of a step, a text or a regular expression.
llvm::Expected<NamedPattern> readPattern(llvm::StringRef pattern, bool isText);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_COMPILENORMALIZERS_H
