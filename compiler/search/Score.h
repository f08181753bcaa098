//===- Score.h - What a program says of a text ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_SCORE_H
#define EKE_COMPILER_SEARCH_SCORE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// How well a language model's program predicts a short text, in nats per token.
/// `launcher` comes before the program's path: an emulator with its options, or
/// nothing. Errors are about `name`.
llvm::Expected<double> scoreProgram(llvm::StringRef path,
                                    llvm::ArrayRef<std::string> launcher,
                                    llvm::StringRef name);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_SCORE_H
