//===- Tokenizer.h - Byte-level BPE -----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   text ─ added tokens, digits ─▶ parts ─ GPT-2's pattern ─▶ words ─ merges ─▶
//   ids
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

/// What the pattern distinguishes.
enum class CharClass : uint8_t { Other, Letter, Number, Space };

/// The tables of a blob, ready for use; see eke_tokenizer for their meaning.
struct Tokenizer {
  const eke_tokenizer *header;
  const uint32_t *tokenOffsets;
  const char *tokenBytes;
  const uint32_t *byteIds;
  const void *merges;
  const eke_added_token *added;
  const eke_char_range *letters, *numbers, *spaces;
  CharClass ascii[128];
  bool startsAdded[256]; ///< an added token starts with this byte

  bool has(uint32_t flag) const { return header->flags & flag; }

  /// The bytes of a token; none for an id that is no token.
  Bytes token(uint32_t id) const {
    if (id >= header->vocab)
      return {tokenBytes, 0};
    uint32_t begin = tokenOffsets[id];
    return {tokenBytes + begin, tokenOffsets[id + 1] - begin};
  }

  /// What an added token looks like in a text.
  Bytes text(const eke_added_token &added) const {
    return {reinterpret_cast<const char *>(header) + added.text,
            added.text_bytes};
  }

  CharClass classOf(uint32_t codePoint) const;
};

/// Reads a blob of `size` bytes. Returns null, or what is wrong with it.
const char *openTokenizer(Tokenizer &tokenizer, const uint8_t *blob,
                          uint64_t size);

/// A stretch of text that becomes tokens on its own.
struct Word {
  Bytes text;
  bool spaceBefore; ///< a space the text does not have comes first
  int64_t added;    ///< id of the added token that this is, or -1
};

/// Cuts text into words.
class Splitter {
public:
  Splitter(const Tokenizer &tokenizer, Bytes text);

  /// Gives the next word, or false at the end.
  bool next(Word &word);

private:
  /// The next added token of a kind; none: there is none before `at`.
  struct Added {
    const char *at;
    const eke_added_token *token;
  };

  void find(Added &next, uint32_t kind, const char *limit);
  void startPart();

  const Tokenizer &tokenizer;
  const char *at, *end;
  const char *partEnd;
  Added first;      ///< of those found first
  Added normalized; ///< of the others, in front of it
  Added *nearest;   ///< of the two
  bool spaceBefore = false;
};

/// Memory `encode` needs for this text: an upper bound of the number of tokens,
/// and scratch bytes.
struct EncodeNeeds {
  size_t tokens, scratch;
};
EncodeNeeds encodeNeeds(const Tokenizer &tokenizer, Bytes text);

/// Writes the ids of `text` and returns how many; time n log(longest word).
size_t encode(const Tokenizer &tokenizer, Bytes text, int32_t *ids,
              void *scratch);

/// Whether the token is one that decoded text leaves out.
bool isSpecial(const Tokenizer &tokenizer, uint32_t id);

/// Joins the bytes of tokens to UTF-8 text. What is no UTF-8 becomes U+FFFD,
/// one for each maximal part of a sequence.
class TextStream {
public:
  /// Where whole characters go.
  using Sink = void (*)(void *ctx, const char *text, size_t size);

  TextStream(Sink sink, void *ctx) : sink(sink), ctx(ctx) {}

  void write(Bytes bytes);
  /// Ends the text: an unfinished character is broken now.
  void finish();

private:
  void put(uint8_t byte);

  Sink sink;
  void *ctx;
  Utf8Reader reader;
  char character[4];
  size_t size = 0;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_TOKENIZER_H
