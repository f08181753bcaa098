//===- TokenizerTables.cpp - The runtime's tokenizer tables ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/tokenizer/TokenizerTables.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <limits>
#include <map>
#include <tuple>

namespace mlir::eke {
namespace {

/// A growing blob.
class BlobWriter {
public:
  explicit BlobWriter(size_t headerBytes) : bytes(headerBytes) {}

  void align() { bytes.resize(llvm::alignTo(bytes.size(), 4)); }

  size_t size() const { return bytes.size(); }

  template <typename Word> void append(Word word) {
    uint8_t data[sizeof(Word)];
    llvm::support::endian::write<Word>(data, word, llvm::endianness::little);
    bytes.insert(bytes.end(), data, data + sizeof(Word));
  }

  void append(const std::string &text) {
    bytes.insert(bytes.end(), text.begin(), text.end());
  }

  /// Appends a table of words, or finds it where it is already.
  uint32_t appendOnce(const std::vector<uint32_t> &words) {
    auto [entry, isNew] = known.try_emplace(words, size());
    if (isNew)
      for (uint32_t word : words)
        append(word);
    return entry->second;
  }

  /// Overwrites words at `offset` with those of `record`.
  template <typename Record> void set(size_t offset, const Record &record) {
    static_assert(sizeof(Record) % sizeof(uint32_t) == 0);
    auto *words = reinterpret_cast<const uint32_t *>(&record);
    for (size_t i = 0; i < sizeof(record) / sizeof(uint32_t); ++i)
      llvm::support::endian::write32le(
          bytes.data() + offset + i * sizeof(uint32_t), words[i]);
  }

  template <typename Record> void appendRecord(const Record &record) {
    size_t offset = size();
    bytes.resize(offset + sizeof(record));
    set(offset, record);
  }

  std::vector<uint8_t> take() { return std::move(bytes); }

private:
  std::vector<uint8_t> bytes;
  std::map<std::vector<uint32_t>, uint32_t> known;
};

/// Writes the tables of a tokenizer, one after the other.
class TablesWriter {
public:
  explicit TablesWriter(const TokenizerTables &tables)
      : tables(tables), out(sizeof(eke_tokenizer)) {}

  std::vector<uint8_t> write() {
    header.magic = EKE_TOKENIZER_MAGIC;
    header.version = EKE_TOKENIZER_VERSION;
    header.vocab = tables.tokens.size();
    header.model = tables.model;
    header.flags = tables.flags;
    header.unknown = tables.unknown;
    header.growth = tables.growth;
    header.extra = tables.extra;
    header.longest_word = tables.longestWord;
    header.strip = tables.strip;
    chooseWidth();
    writeTokens();
    writeSearched();
    writeMerges();
    writeScores();
    writeAdded();
    writePatterns();
    writeNormalizers();
    writeSplits();
    header.word_chars = out.size();
    header.word_char_count = tables.wordChars.getRanges().size();
    for (CodeSet::Range range : tables.wordChars.getRanges()) {
      out.append(range.first);
      out.append(range.second);
    }
    header.total_bytes = out.size();
    out.set(0, header);
    return out.take();
  }

private:
  bool isWide() const { return header.flags & EKE_TOKENIZER_WIDE; }

  void chooseWidth() {
    constexpr size_t narrowest = 65535;
    size_t largestRank = 0;
    for (const eke_wide_merge &merge : tables.merges)
      largestRank = std::max(largestRank, size_t(merge.rank));
    if (tables.tokens.size() + tables.aliases.size() > narrowest ||
        largestRank > narrowest)
      header.flags |= EKE_TOKENIZER_WIDE;
  }

  void writeTokens() {
    header.token_offsets = out.size();
    uint32_t count = tables.tokens.size() + tables.aliases.size(), end = 0;
    for (uint32_t number = 0; number < count; ++number) {
      out.append(end);
      end += tables.textOf(number).size();
    }
    out.append(end);
    header.token_bytes = out.size();
    for (uint32_t number = 0; number < count; ++number)
      out.append(tables.textOf(number));
    out.align();
    header.alias_ids = out.size();
    header.alias_count = tables.aliases.size();
    for (const auto &[text, id] : tables.aliases)
      out.append(id);
    header.byte_ids = out.size();
    if (llvm::all_of(tables.byteIds,
                     [](uint32_t id) { return id == EKE_NO_TOKEN; }))
      return;
    header.byte_id_count = tables.byteIds.size();
    for (uint32_t id : tables.byteIds)
      isWide() ? out.append(id) : out.append(uint16_t(id));
  }

  void writeSearched() {
    std::vector<uint32_t> sorted = tables.searched;
    llvm::sort(sorted, [&](uint32_t a, uint32_t b) {
      return std::tie(tables.textOf(a), a) < std::tie(tables.textOf(b), b);
    });
    sorted.erase(std::unique(sorted.begin(), sorted.end(),
                             [&](uint32_t a, uint32_t b) {
                               return tables.textOf(a) == tables.textOf(b);
                             }),
                 sorted.end());
    header.sorted = out.size();
    header.sorted_count = sorted.size();
    for (uint32_t number : sorted)
      isWide() ? out.append(number) : out.append(uint16_t(number));
    out.align();
  }

  void writeMerges() {
    header.merges = out.size();
    header.merge_count = tables.merges.size();
    for (const eke_wide_merge &merge : tables.merges)
      for (uint32_t word : {merge.left, merge.right, merge.rank, merge.result})
        isWide() ? out.append(word) : out.append(uint16_t(word));
  }

  void writeScores() {
    header.scores = out.size();
    header.score_count = tables.scores.size();
    bool isSingle = llvm::all_of(
        tables.scores, [](double s) { return double(float(s)) == s; });
    if (isSingle)
      header.flags |= EKE_TOKENIZER_FLOAT_SCORES;
    for (double score : tables.scores)
      isSingle ? out.append(float(score)) : out.append(score);
  }

  void writeAdded() {
    std::vector<AddedToken> all;
    for (const auto *kind : {&tables.addedFirst, &tables.addedNormalized}) {
      std::vector<AddedToken> sorted = *kind;
      llvm::stable_sort(sorted, [](const AddedToken &a, const AddedToken &b) {
        return a.text < b.text;
      });
      all.insert(all.end(), sorted.begin(), sorted.end());
    }
    header.added = out.size();
    header.added_count = all.size();
    header.added_first_count = tables.addedFirst.size();
    uint32_t text = out.size() + all.size() * sizeof(eke_added_token);
    for (const AddedToken &token : all) {
      out.appendRecord(eke_added_token{token.id, token.flags, text,
                                       uint32_t(token.text.size())});
      text += token.text.size();
    }
    for (const AddedToken &token : all)
      out.append(token.text);
    out.align();
  }

  void writePatterns() {
    std::vector<eke_pattern> patterns;
    for (const PatternTables &group : tables.patterns) {
      eke_pattern pattern = {};
      pattern.ascii = out.size();
      for (uint8_t number : group.classes.ascii)
        out.append(number);
      pattern.ranges = out.size();
      pattern.range_count = group.classes.ranges.size();
      for (auto [first, number] : group.classes.ranges)
        out.append(uint32_t(first << 8 | number));
      pattern.class_count = group.classes.count;
      pattern.broken_class = group.classes.broken;
      for (const PatternTable &table : group.tables) {
        pattern.states = out.size();
        pattern.state_count = table.loops.size();
        for (uint16_t entry : table.states)
          out.append(entry);
        pattern.loops = out.size();
        for (uint8_t loop : table.loops)
          out.append(loop);
        out.align();
        patterns.push_back(pattern);
      }
    }
    header.patterns = out.size();
    header.pattern_count = patterns.size();
    for (const eke_pattern &pattern : patterns)
      out.appendRecord(pattern);
  }

  void writeNormalizers() {
    std::vector<eke_normalizer> steps;
    for (const NormalizerTable &table : tables.normalizers) {
      eke_normalizer step = {};
      step.kind = table.kind;
      step.table = out.appendOnce(table.table);
      step.count =
          table.table.size() / (table.kind == EKE_NORMALIZE_KEYS ? 1 : 2);
      if (table.table.empty())
        step.count = table.count;
      if (!table.pairs.empty()) {
        step.text = out.appendOnce(table.pairs);
        step.text_bytes = table.pairs.size() * sizeof(uint32_t);
      } else {
        step.text = out.size();
        step.text_bytes = table.text.size();
        out.append(table.text);
        out.align();
      }
      steps.push_back(step);
    }
    header.normalizers = out.size();
    header.normalizer_count = steps.size();
    for (const eke_normalizer &step : steps)
      out.appendRecord(step);
  }

  void writeSplits() {
    header.splits = out.size();
    header.split_count = tables.splits.size();
    for (const eke_split &split : tables.splits)
      out.appendRecord(split);
  }

  const TokenizerTables &tables;
  eke_tokenizer header = {};
  BlobWriter out;
};

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

std::optional<std::vector<uint8_t>> TokenizerTables::serialize() const {
  // Well below 4 GB, so that no sum below can wrap around.
  constexpr uint64_t largest = std::numeric_limits<int32_t>::max();
  uint64_t bytes = (uint64_t(tokens.size()) + aliases.size()) * 20 +
                   uint64_t(merges.size()) * sizeof(eke_wide_merge);
  for (const std::string &token : tokens)
    bytes += token.size();
  for (const auto &[text, id] : aliases)
    bytes += text.size();
  for (const auto *kind : {&addedFirst, &addedNormalized})
    for (const AddedToken &token : *kind)
      bytes += sizeof(eke_added_token) + token.text.size();
  for (const NormalizerTable &table : normalizers)
    bytes += table.table.size() * 4 + table.text.size();
  if (bytes > largest)
    return std::nullopt;
  return TablesWriter(*this).write();
}

} // namespace mlir::eke
