//===- SentencePiece.cpp - tokenizer.model, attacked ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/ReadTokenizer.h"
#include "test/fuzz/readers/Reader.h"
#include "test/fuzz/readers/Tokenize.h"

namespace mlir::eke::test {

void attack(llvm::StringRef input) {
  constexpr uint32_t size = 300;
  auto description = readSentencePiece(input, "t.model", size);
  if (!accepts(description))
    return;
  auto blob = compileTokenizer(*description, "t.model", size);
  if (!accepts(blob))
    return;
  rt::Tokenizer tokenizer;
  require(!rt::openTokenizer(tokenizer, blob->data(), blob->size()),
          "tables that the runtime reads");
  print(tokenizer, tokenize(tokenizer, input));
  print(tokenizer, tokenize(tokenizer, "the  text <x>, of\n lines"));
}

} // namespace mlir::eke::test
