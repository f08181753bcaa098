//===- Texts.cpp - The texts a program is given ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Texts.h"

namespace eke::rt {

Tokenizer openModelTokenizer(const eke_language &language) {
  Tokenizer tokenizer;
  if (const char *problem = openTokenizer(tokenizer, language.tokenizer,
                                          language.tokenizer_bytes))
    fail("the tokenizer of this model %s", problem);
  if (tokenizer.header->vocab > uint32_t(language.vocab))
    fail("the tokenizer has %u tokens, the model %d", tokenizer.header->vocab,
         language.vocab);
  return tokenizer;
}

void checkSize(Bytes text, const char *what) {
  if (text.size > size_t(1) << 30)
    fail("%s has %zu bytes, more than 1 GiB", what, text.size);
}

void printVector(Writer &out, const float *vector, int32_t width) {
  for (int32_t i = 0; i < width; ++i)
    out.format(i ? " %.9g" : "%.9g", double(vector[i]));
  out.put("\n");
  out.flush();
}

} // namespace eke::rt
