//===- Unicode.cpp - What Unicode says of characters ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/Unicode.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"

namespace mlir::eke::unicode {
namespace {

struct CategoryRange {
  uint32_t first, last, value;
};
struct CodeRange {
  uint32_t first, last;
};
struct CharMapping {
  uint32_t code, text, size;
};
struct Composition {
  uint32_t left, right, result;
};

#include "compiler/frontend/tokenizer/UnicodeTables.inc"

CodeSet makeSet(llvm::ArrayRef<CodeRange> table) {
  std::vector<CodeSet::Range> ranges;
  for (CodeRange range : table)
    ranges.push_back({range.first, range.last});
  return CodeSet(std::move(ranges));
}

std::vector<Mapping> makeMappings(llvm::ArrayRef<CharMapping> table,
                                  llvm::ArrayRef<uint32_t> texts) {
  std::vector<Mapping> mappings;
  for (const CharMapping &entry : table)
    mappings.push_back({entry.code, texts.slice(entry.text, entry.size)});
  return mappings;
}

} // namespace

std::optional<CodeSet> findCategory(llvm::StringRef name) {
  std::vector<CodeSet::Range> ranges;
  for (const CategoryRange &range : categoryRanges) {
    llvm::StringRef category = categoryNames[range.value];
    if (category == name || (name.size() == 1 && category.starts_with(name)))
      ranges.push_back({range.first, range.last});
  }
  if (ranges.empty())
    return std::nullopt;
  return CodeSet(std::move(ranges));
}

CodeSet getSpaces() {
  return *findCategory("Z") | CodeSet(9, 13) | CodeSet(0x85, 0x85);
}

CodeSet getWordChars() {
  CodeSet set = *findCategory("L") | *findCategory("M") | *findCategory("Nd") |
                *findCategory("Nl") | *findCategory("Pc");
  // Letters in circles and squares, which are symbols.
  for (auto [first, last] : {std::pair(0x24b6, 0x24e9),
                             {0x1f130, 0x1f149},
                             {0x1f150, 0x1f169},
                             {0x1f170, 0x1f189}})
    set = set | CodeSet(first, last);
  return set;
}

CodeSet getPatternWordChars() {
  return getWordChars() | CodeSet(0xb2, 0xb3) | CodeSet(0xb9, 0xb9) |
         CodeSet(0xbc, 0xbe);
}

CodeSet closeUnderCase(const CodeSet &set) {
  using Orbits = llvm::DenseMap<uint32_t, llvm::SmallVector<uint32_t, 4>>;
  static const Orbits orbits = [] {
    Orbits orbits;
    for (uint32_t code = 0; code < CodeSet::brokenByte; ++code)
      if (uint32_t folded = llvm::sys::unicode::foldCharSimple(int(code));
          folded != code) {
        auto &orbit = orbits[folded];
        if (orbit.empty())
          orbit.push_back(folded);
        orbit.push_back(code);
      }
    return orbits;
  }();
  std::vector<CodeSet::Range> ranges = set.getRanges();
  for (const auto &[folded, orbit] : orbits)
    if (llvm::any_of(orbit, [&](uint32_t c) { return set.contains(c); }))
      for (uint32_t code : orbit)
        ranges.push_back({code, code});
  return CodeSet(std::move(ranges));
}

CodeSet getCombiningMarks() { return makeSet(combiningMarks); }
CodeSet getBertNonspacing() { return makeSet(bertNonspacing); }
CodeSet getBertPunctuation() { return makeSet(bertPunctuation); }
CodeSet getBertControls() { return makeSet(bertControls); }

std::vector<Mapping> getDecompositions(bool isCompatible) {
  return isCompatible ? makeMappings(compatible, compatibleTexts)
                      : makeMappings(canonical, canonicalTexts);
}

std::vector<Mapping> getLowerCase() {
  return makeMappings(lowerCase, lowerCaseTexts);
}

std::vector<ClassRange> getCombiningClasses() {
  std::vector<ClassRange> ranges;
  for (const CategoryRange &range : combiningClasses)
    ranges.push_back({range.first, range.last, range.value});
  return ranges;
}

std::vector<Pair> getCompositions() {
  std::vector<Pair> pairs;
  for (const Composition &entry : compositions)
    pairs.push_back({entry.left, entry.right, entry.result});
  return pairs;
}

std::vector<uint32_t> decode(llvm::StringRef text) {
  std::vector<uint32_t> codes;
  auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  while (at != end) {
    llvm::UTF32 code;
    if (llvm::convertUTF8Sequence(&at, end, &code, llvm::strictConversion) ==
        llvm::conversionOK) {
      codes.push_back(code);
    } else {
      codes.push_back(CodeSet::brokenByte);
      ++at;
    }
  }
  return codes;
}

void append(std::string &text, uint32_t code) {
  char buffer[UNI_MAX_UTF8_BYTES_PER_CODE_POINT], *end = buffer;
  if (llvm::ConvertCodePointToUTF8(code, end))
    text.append(buffer, end);
}

std::string encode(llvm::ArrayRef<uint32_t> codes) {
  std::string text;
  for (uint32_t code : codes)
    append(text, code);
  return text;
}

} // namespace mlir::eke::unicode
