//===- Tokenize.h - A text to tokens and back -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_FUZZ_READERS_TOKENIZE_H
#define EKE_TEST_FUZZ_READERS_TOKENIZE_H

#include "runtime/text/Tokenizer.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace rt = eke::rt;

namespace mlir::eke::test {

/// The tokens of `text`, in no more memory than the runtime asks for.
std::vector<int32_t> tokenize(const rt::Tokenizer &tokenizer,
                              llvm::StringRef text);

/// What a program prints for `tokens`, which is UTF-8 whatever they are.
std::string print(const rt::Tokenizer &tokenizer,
                  llvm::ArrayRef<int32_t> tokens);

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_READERS_TOKENIZE_H
