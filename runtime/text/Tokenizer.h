//===- Tokenizer.h - Text to tokens and back --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   text ─ added tokens ─▶ stretches ─ normalizers, added tokens that are
//   normalized ─▶ parts ─ splits ─▶ words ─ model ─▶ ids
//
// AddedTokens.h finds the tokens, Normalizer.h changes stretches, Splitter.h cuts parts by
// the patterns of Matcher.h, and Words.h has the models.
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_TOKENIZER_H
#define EKE_RUNTIME_TEXT_TOKENIZER_H

#include "eke/abi.h"
#include "runtime/text/Utf8.h"

namespace eke::rt {

/// Bytes owned by somebody else.
struct Bytes {
  const char *data;
  size_t size;
};

/// The tables of a blob, ready for use; see eke_tokenizer for their meaning. What one
/// table says of another is checked where it is used.
struct Tokenizer {
  const eke_tokenizer *header;
  const uint32_t *tokenOffsets;
  const char *tokenBytes;
  const uint32_t *aliasIds;
  const void *byteIds; ///< null if there are none
  const void *sorted;
  const void *merges;
  const void *scores;
  const eke_added_token *added;
  const eke_normalizer *normalizers;
  const eke_split *splits;
  const eke_pattern *patterns;
  const eke_char_range *wordChars;
  uint8_t startsAdded
      [256]; ///< an added token starts with this byte: 1, or normalized 2

  bool has(uint32_t flag) const { return header->flags & flag; }

  /// The bytes of a token, or of an alias; none for a number that is neither.
  Bytes textOf(uint32_t number) const {
    uint32_t count = header->vocab + header->alias_count;
    uint32_t most = tokenOffsets[count];
    if (number >= count)
      return {tokenBytes, 0};
    uint32_t begin = tokenOffsets[number], end = tokenOffsets[number + 1];
    if (begin > end || end > most)
      return {tokenBytes, 0};
    return {tokenBytes + begin, end - begin};
  }

  /// The bytes of a token; none for an id that is no token.
  Bytes token(uint32_t id) const {
    return id < header->vocab ? textOf(id) : Bytes{tokenBytes, 0};
  }

  /// The token that is this byte, or EKE_NO_TOKEN.
  uint32_t byteId(uint8_t byte) const {
    if (!byteIds)
      return EKE_NO_TOKEN;
    if (has(EKE_TOKENIZER_WIDE))
      return static_cast<const uint32_t *>(byteIds)[byte];
    uint16_t id = static_cast<const uint16_t *>(byteIds)[byte];
    return id == 0xffff ? EKE_NO_TOKEN : id;
  }

  /// What an added token looks like in a text.
  Bytes text(const eke_added_token &added) const {
    return {reinterpret_cast<const char *>(header) + added.text,
            added.text_bytes};
  }
};

/// Reads a blob of `size` bytes. Returns null, or what is wrong with it.
const char *openTokenizer(Tokenizer &tokenizer, const uint8_t *blob,
                          uint64_t size);

/// Memory `encode` needs for a text of so many bytes: an upper bound of the number of
/// tokens, and scratch bytes, of which it touches as much as the longest word needs.
struct EncodeNeeds {
  size_t tokens, scratch;
};
EncodeNeeds encodeNeeds(const Tokenizer &tokenizer, size_t bytes);

/// What of a text somebody else wrote: there, control tokens are mere text, so that nobody
/// writes the end of a message in the middle of one.
struct LiteralText {
  static constexpr int mostStretches = 2;
  Bytes stretches[mostStretches]; ///< in the text
  const bool *isControl;          ///< by the place in the tokenizer's `added`
  bool
      isWhole; ///< the text is one such stretch; else no control token is normalized
};

/// Writes the ids of `text` and returns how many; time n log(longest word).
size_t encode(const Tokenizer &tokenizer, Bytes text, int32_t *ids,
              void *scratch, const LiteralText *literal = nullptr);

/// The token as one that is added, or null.
const eke_added_token *findAdded(const Tokenizer &tokenizer, uint32_t id);

/// Whether the token is one that decoded text leaves out.
bool isSpecial(const Tokenizer &tokenizer, uint32_t id);

/// Joins the bytes of tokens to UTF-8 text. What is no UTF-8 becomes U+FFFD.
class TextStream {
public:
  /// Where whole characters go.
  using Sink = void (*)(void *ctx, const char *text, size_t size);

  TextStream(const Tokenizer &tokenizer, Sink sink, void *ctx)
      : tokenizer(tokenizer), sink(sink), ctx(ctx) {}

  /// Goes on with a text of which the start is not shown.
  void resume() {
    isFirst = false;
    hasText = true;
  }

  void write(uint32_t token);
  /// Ends the text: an unfinished character is broken now.
  void finish();

private:
  void put(uint8_t byte);
  void replace(size_t bytes);

  const Tokenizer &tokenizer;
  Sink sink;
  void *ctx;
  Utf8Reader reader;
  char character[4];
  size_t size = 0;
  bool isFirst = true; ///< no token was written
  uint32_t stripped = 0;
  bool hasText = false; ///< a byte that is not left out was written
};

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_TOKENIZER_H
