//===- Tables.cpp - The runtime's tokenizer, attacked ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/readers/Reader.h"
#include "test/fuzz/readers/Tokenize.h"

namespace mlir::eke::test {

void attack(llvm::StringRef input) {
  // Copied: tables are aligned, and the sanitizer sees where they end.
  std::vector<uint8_t> blob(input.begin(), input.end());
  rt::Tokenizer tokenizer;
  if (rt::openTokenizer(tokenizer, blob.data(), blob.size()))
    return;
  print(tokenizer, tokenize(tokenizer, input));
  print(tokenizer, tokenize(tokenizer, "it's 1 text, of\n\n  5 lines"));
}

} // namespace mlir::eke::test
