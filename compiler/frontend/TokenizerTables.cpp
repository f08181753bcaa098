//===- TokenizerTables.cpp - The runtime's tokenizer tables ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/TokenizerTables.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <limits>
#include <tuple>

namespace mlir::eke {
namespace {

#include "compiler/frontend/UnicodeRanges.inc"

/// A growing blob. All of its tables are arrays of 16- or 32-bit words.
class BlobWriter {
public:
  explicit BlobWriter(size_t headerBytes) : bytes(headerBytes) {}

  void align(size_t alignment) {
    bytes.resize(llvm::alignTo(bytes.size(), alignment));
  }

  size_t size() const { return bytes.size(); }

  template <typename Word> void append(Word word) {
    uint8_t data[sizeof(Word)];
    llvm::support::endian::write<Word>(data, word, llvm::endianness::little);
    bytes.insert(bytes.end(), data, data + sizeof(Word));
  }

  void append(const std::string &text) {
    bytes.insert(bytes.end(), text.begin(), text.end());
  }

  /// Overwrites the header with the words of `header`.
  void setHeader(const eke_tokenizer &header) {
    static_assert(sizeof(eke_tokenizer) % sizeof(uint32_t) == 0);
    auto *words = reinterpret_cast<const uint32_t *>(&header);
    for (size_t i = 0; i < sizeof(header) / sizeof(uint32_t); ++i)
      llvm::support::endian::write32le(bytes.data() + i * sizeof(uint32_t),
                                       words[i]);
  }

  std::vector<uint8_t> take() { return std::move(bytes); }

private:
  std::vector<uint8_t> bytes;
};

void appendRanges(BlobWriter &out, llvm::ArrayRef<eke_char_range> ranges,
                  uint32_t &offset, uint32_t &count) {
  offset = out.size();
  count = ranges.size();
  for (eke_char_range range : ranges) {
    out.append(range.first);
    out.append(range.last);
  }
}

} // namespace

std::optional<uint32_t> TokenizerTables::sortMerges() {
  auto key = [](const eke_wide_merge &merge) {
    return std::tie(merge.left, merge.right, merge.rank);
  };
  llvm::sort(merges,
             [&](const auto &a, const auto &b) { return key(a) < key(b); });
  auto same = std::adjacent_find(
      merges.begin(), merges.end(), [](const auto &a, const auto &b) {
        return std::tie(a.left, a.right) == std::tie(b.left, b.right);
      });
  if (same == merges.end())
    return std::nullopt;
  return std::next(same)->rank;
}

static void appendTokens(BlobWriter &out, eke_tokenizer &header,
                         const TokenizerTables &tables) {
  header.token_offsets = out.size();
  uint32_t end = 0;
  for (const std::string &token : tables.tokens) {
    out.append(end);
    end += token.size();
  }
  out.append(end);
  header.token_bytes = out.size();
  for (const std::string &token : tables.tokens)
    out.append(token);
  out.align(4);
}

static void appendByteIds(BlobWriter &out, eke_tokenizer &header,
                          const TokenizerTables &tables) {
  header.byte_ids = out.size();
  for (uint32_t id : tables.byteIds)
    out.append(id);
}

static void appendAdded(BlobWriter &out, eke_tokenizer &header,
                        const TokenizerTables &tables) {
  header.added = out.size();
  header.added_count = tables.added.size();
  uint32_t text = out.size() + tables.added.size() * sizeof(eke_added_token);
  for (const AddedToken &token : tables.added) {
    for (uint32_t word :
         {token.id, token.flags, text, uint32_t(token.text.size())})
      out.append(word);
    text += token.text.size();
  }
  for (const AddedToken &token : tables.added)
    out.append(token.text);
  out.align(4);
}

static void appendMerges(BlobWriter &out, eke_tokenizer &header,
                         const TokenizerTables &tables) {
  constexpr size_t narrowest = 65536;
  bool isWide =
      tables.tokens.size() > narrowest || tables.merges.size() > narrowest;
  if (isWide)
    header.flags |= EKE_TOKENIZER_WIDE;
  header.merges = out.size();
  header.merge_count = tables.merges.size();
  for (const eke_wide_merge &merge : tables.merges)
    for (uint32_t word : {merge.left, merge.right, merge.rank, merge.result})
      isWide ? out.append(word) : out.append(uint16_t(word));
}

std::optional<std::vector<uint8_t>> TokenizerTables::serialize() const {
  // Well below 4 GB, so that no sum below can wrap around.
  constexpr uint64_t largest = std::numeric_limits<int32_t>::max();
  uint64_t bytes = uint64_t(tokens.size()) * 4 +
                   uint64_t(merges.size()) * sizeof(eke_wide_merge);
  for (const std::string &token : tokens)
    bytes += token.size();
  for (const AddedToken &token : added)
    bytes += sizeof(eke_added_token) + token.text.size();
  if (bytes > largest)
    return std::nullopt;

  eke_tokenizer header = {};
  header.magic = EKE_TOKENIZER_MAGIC;
  header.version = EKE_TOKENIZER_VERSION;
  header.vocab = tokens.size();
  header.flags = flags;
  header.unknown = unknown;

  BlobWriter out(sizeof(header));
  appendTokens(out, header, *this);
  appendByteIds(out, header, *this);
  appendMerges(out, header, *this);
  appendAdded(out, header, *this);
  appendRanges(out, letterRanges, header.letters, header.letter_count);
  appendRanges(out, numberRanges, header.numbers, header.number_count);
  appendRanges(out, spaceRanges, header.spaces, header.space_count);
  header.total_bytes = out.size();
  out.setHeader(header);
  return out.take();
}

} // namespace mlir::eke
