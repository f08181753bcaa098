//===- Text.cpp - Texts, attacked -----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte chooses the tokenizer; the rest is the text, of any bytes.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Tokenizer.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"
#include "test/fuzz/readers/Reader.h"
#include "test/fuzz/readers/Tokenize.h"
#include "test/unit/frontend/Inputs.h"

namespace mlir::eke::test {

/// A tokenizer, and whether its tokens join to the text again.
struct Kind {
  std::vector<uint8_t> blob;
  bool isExact;
};

static Kind makeKind(llvm::Expected<std::vector<uint8_t>> blob,
                     bool isExact = false) {
  return {llvm::cantFail(std::move(blob)), isExact};
}

static std::vector<Kind> makeKinds() {
  constexpr uint32_t size = 300;
  proto::Vocabulary vocabulary;
  vocabulary.set_size(size);
  std::vector<Kind> kinds;
  kinds.push_back(
      makeKind(compileTokenizer(tinyTokenizer(), "t.json", vocabulary), true));
  for (const std::string &text : otherTokenizers())
    kinds.push_back(makeKind(compileTokenizer(text, "t.json", vocabulary)));
  for (bool merges : {false, true})
    kinds.push_back(makeKind(
        compileTokenizer(llvm::cantFail(readSentencePiece(
                             tinySentencePiece(merges), "t.model", size)),
                         "t.model", size)));
  return kinds;
}

void attack(llvm::StringRef input) {
  static const std::vector<Kind> kinds = makeKinds();
  if (input.empty())
    return;
  const Kind &kind = kinds[uint8_t(input[0]) % kinds.size()];
  llvm::StringRef text = input.drop_front();
  rt::Tokenizer tokenizer;
  require(!rt::openTokenizer(tokenizer, kind.blob.data(), kind.blob.size()),
          "tables that the runtime reads");

  std::vector<int32_t> tokens = tokenize(tokenizer, text);
  std::string joined;
  for (int32_t token : tokens) {
    rt::Bytes bytes = tokenizer.token(uint32_t(token));
    joined.append(bytes.data, bytes.size);
  }
  require(!kind.isExact || joined == text, "the bytes that were tokenized");
  print(tokenizer, tokens);
}

} // namespace mlir::eke::test
