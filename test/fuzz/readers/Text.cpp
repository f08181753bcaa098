//===- Text.cpp - Texts, attacked -----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte chooses what the tokenizer does before it merges; the rest is the
// text, of any bytes.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Tokenizer.h"
#include "test/fuzz/readers/Reader.h"
#include "test/fuzz/readers/Tokenize.h"
#include "test/unit/frontend/Inputs.h"

namespace mlir::eke::test {

/// The tests' tokenizer, which knows every byte, with these flags.
static std::vector<uint8_t> makeTables(uint32_t flags) {
  proto::Vocabulary vocabulary;
  vocabulary.set_size(300);
  std::vector<uint8_t> blob =
      llvm::cantFail(compileTokenizer(tinyTokenizer(), "t.json", vocabulary));
  reinterpret_cast<eke_tokenizer *>(blob.data())->flags = flags;
  return blob;
}

void attack(llvm::StringRef input) {
  constexpr uint32_t kinds =
      8; // three flags, the lowest EKE_TOKENIZER_PREFIX_SPACE
  static const std::vector<std::vector<uint8_t>> tables = [] {
    std::vector<std::vector<uint8_t>> tables;
    for (uint32_t kind = 0; kind < kinds; ++kind)
      tables.push_back(makeTables(kind * EKE_TOKENIZER_PREFIX_SPACE));
    return tables;
  }();
  if (input.empty())
    return;
  const std::vector<uint8_t> &blob = tables[uint8_t(input[0]) % kinds];
  llvm::StringRef text = input.drop_front();
  rt::Tokenizer tokenizer;
  require(!rt::openTokenizer(tokenizer, blob.data(), blob.size()),
          "tables that the runtime reads");

  std::vector<int32_t> tokens = tokenize(tokenizer, text);
  std::string joined;
  for (int32_t token : tokens) {
    rt::Bytes bytes = tokenizer.token(uint32_t(token));
    joined.append(bytes.data, bytes.size);
  }
  if (!tokenizer.has(EKE_TOKENIZER_PREFIX_SPACE))
    require(joined == text, "the bytes that were tokenized");
  print(tokenizer, tokens);
}

} // namespace mlir::eke::test
