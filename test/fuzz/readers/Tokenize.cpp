//===- Tokenize.cpp - A text to tokens and back ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/readers/Tokenize.h"

#include "test/fuzz/readers/Reader.h"

#include "llvm/Support/ConvertUTF.h"

#include <memory>

namespace mlir::eke::test {

std::vector<int32_t> tokenize(const rt::Tokenizer &tokenizer,
                              llvm::StringRef text) {
  rt::Bytes bytes = {text.data(), text.size()};
  rt::EncodeNeeds needs = rt::encodeNeeds(tokenizer, text.size());
  auto ids = std::make_unique<int32_t[]>(needs.tokens);
  auto scratch = std::make_unique<uint64_t[]>(needs.scratch / 8 + 1);
  size_t count = rt::encode(tokenizer, bytes, ids.get(), scratch.get());
  require(count <= needs.tokens, "tokens within what was asked for");
  return {ids.get(), ids.get() + count};
}

std::string print(const rt::Tokenizer &tokenizer,
                  llvm::ArrayRef<int32_t> tokens) {
  std::string text;
  rt::TextStream stream(
      tokenizer,
      [](void *text, const char *part, size_t size) {
        static_cast<std::string *>(text)->append(part, size);
      },
      &text);
  for (int32_t token : tokens)
    stream.write(uint32_t(token));
  stream.finish();
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data());
  require(llvm::isLegalUTF8String(&begin, begin + text.size()),
          "printed text that is UTF-8");
  return text;
}

} // namespace mlir::eke::test
