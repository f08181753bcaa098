//===- tokenize.cpp - Texts to tokens and back, for comparisons -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: tokenize FILE SIZE
//
// Compiles a tokenizer's file for a model of SIZE tokens. Says "ok BYTES", of the tables,
// or "refused MESSAGE". Then answers, for each text on standard input, 32 bits with its
// number of bytes in front, with 32 bits each: the number of tokens, the tokens, the
// number of bytes of the text decoded again, and these.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Tokenizer.h"
#include "runtime/text/Tokenizer.h"

#include <cstdio>
#include <string>
#include <vector>

using namespace eke::rt;

static void append(void *ctx, const char *text, size_t size) {
  static_cast<std::string *>(ctx)->append(text, size);
}

static void put(const void *data, size_t size) {
  fwrite(data, 1, size, stdout);
}

static void answer(const Tokenizer &tokenizer, const std::string &text) {
  EncodeNeeds needs = encodeNeeds(tokenizer, text.size());
  std::vector<int32_t> ids(needs.tokens + 1);
  std::vector<uint64_t> scratch(needs.scratch / 8 + 1);
  uint32_t count =
      encode(tokenizer, {text.data(), text.size()}, ids.data(), scratch.data());
  std::string decoded;
  TextStream stream(tokenizer, append, &decoded);
  for (uint32_t i = 0; i < count; ++i)
    stream.write(uint32_t(ids[i]));
  stream.finish();
  uint32_t size = decoded.size();
  put(&count, sizeof(count));
  put(ids.data(), count * sizeof(int32_t));
  put(&size, sizeof(size));
  put(decoded.data(), size);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: tokenize FILE SIZE\n");
    return 2;
  }
  mlir::eke::ModelDescription description;
  description.model.mutable_vocabulary()->set_size(
      uint32_t(std::stoul(argv[2])));
  description.model.mutable_vocabulary()->set_tokenizer(argv[1]);
  // Only encoders put a token behind a text, as this file says of itself.
  if (llvm::StringRef(argv[1]).ends_with("vocab.txt"))
    description.model.mutable_encoder();
  auto blob = mlir::eke::compileTokenizer(description);
  if (!blob) {
    printf("refused %s\n", llvm::toString(blob.takeError()).c_str());
    return 0;
  }
  Tokenizer tokenizer;
  if (const char *problem =
          openTokenizer(tokenizer, blob->data(), blob->size())) {
    fprintf(stderr, "tokenize: the tables are %s\n", problem);
    return 1;
  }
  printf("ok %zu\n", blob->size());
  fflush(stdout);
  uint32_t size;
  while (fread(&size, sizeof(size), 1, stdin) == 1) {
    std::string text(size, '\0');
    if (fread(text.data(), 1, size, stdin) != size)
      return 1;
    answer(tokenizer, text);
    fflush(stdout);
  }
  return 0;
}
