//===- Text.cpp - The tokenizer, for applications -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"

using namespace eke::rt;

void eke_encode_needs(const eke_language *language, size_t bytes,
                      size_t *tokens, size_t *scratch_bytes) {
  Tokenizer tokenizer;
  EncodeNeeds needs = {0, 0};
  if (!openTokenizer(tokenizer, language->tokenizer, language->tokenizer_bytes))
    needs = encodeNeeds(tokenizer, bytes);
  *tokens = needs.tokens;
  *scratch_bytes = needs.scratch;
}

int64_t eke_encode(const eke_language *language, const char *text, size_t size,
                   int32_t *tokens, size_t capacity, void *scratch,
                   size_t scratch_bytes) {
  Tokenizer tokenizer;
  if (size > INT32_MAX / 2 ||
      openTokenizer(tokenizer, language->tokenizer, language->tokenizer_bytes))
    return -1;
  EncodeNeeds needs = encodeNeeds(tokenizer, size);
  if (needs.tokens > capacity || needs.scratch > scratch_bytes)
    return -1;
  return int64_t(encode(tokenizer, {text, size}, tokens, scratch));
}

int eke_is_end(const eke_language *language, int32_t token) {
  for (int32_t i = 0; i < language->end_count; ++i)
    if (language->ends[i] == token)
      return 1;
  return 0;
}

const char *eke_token_bytes(const eke_language *language, int32_t token,
                            size_t *size) {
  auto *header = reinterpret_cast<const eke_tokenizer *>(language->tokenizer);
  *size = 0;
  if (!header || token < 0 || uint32_t(token) >= header->vocab)
    return "";
  auto *offsets = reinterpret_cast<const uint32_t *>(language->tokenizer +
                                                     header->token_offsets);
  *size = offsets[token + 1] - offsets[token];
  return reinterpret_cast<const char *>(language->tokenizer +
                                        header->token_bytes + offsets[token]);
}
