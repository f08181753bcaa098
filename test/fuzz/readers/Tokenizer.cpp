//===- Tokenizer.cpp - tokenizer.json, attacked ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Tokenizer.h"
#include "test/fuzz/readers/Reader.h"
#include "test/fuzz/readers/Tokenize.h"

namespace mlir::eke::test {

/// Merges refer to tokens only; the runtime does not look.
template <typename Merge> static void requireMerges(const rt::Tokenizer &t) {
  auto *merges = static_cast<const Merge *>(t.merges);
  for (uint32_t i = 0; i < t.header->merge_count; ++i)
    require(merges[i].left < t.header->vocab &&
                merges[i].right < t.header->vocab &&
                merges[i].result < t.header->vocab,
            "merges of tokens");
}

void attack(llvm::StringRef input) {
  proto::Vocabulary vocabulary;
  vocabulary.set_size(300);
  auto blob = compileTokenizer(input, "t.json", vocabulary);
  if (!accepts(blob))
    return;
  rt::Tokenizer tokenizer;
  require(!rt::openTokenizer(tokenizer, blob->data(), blob->size()),
          "tables that the runtime reads");
  if (tokenizer.has(EKE_TOKENIZER_WIDE))
    requireMerges<eke_wide_merge>(tokenizer);
  else
    requireMerges<eke_merge>(tokenizer);
  for (unsigned byte = 0; byte < 256; ++byte) {
    uint32_t id = tokenizer.byteId(uint8_t(byte));
    require(id < tokenizer.header->vocab || id == EKE_NO_TOKEN,
            "tokens of bytes");
  }
  print(tokenizer, tokenize(tokenizer, input));
  print(tokenizer, tokenize(tokenizer, "it's 1 text, of\n\n  5 lines"));
}

} // namespace mlir::eke::test
