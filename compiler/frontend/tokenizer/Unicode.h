//===- Unicode.h - What Unicode says of characters ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_UNICODE_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_UNICODE_H

#include "compiler/frontend/tokenizer/CodeSet.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace mlir::eke::unicode {

/// The characters of a general category, such as "Lu", or of several, such as "L".
std::optional<CodeSet> findCategory(llvm::StringRef name);
/// White_Space.
CodeSet getSpaces();
/// What is part of a word: letters, marks, numbers but not all, and connectors.
CodeSet getWordChars();
/// What patterns match as \w: of Latin-1 other numbers, too.
CodeSet getPatternWordChars();
/// What is the same but for upper and lower case, by simple folding.
CodeSet closeUnderCase(const CodeSet &set);

/// What normalizers drop or split off, as the Hugging Face library knows it.
CodeSet getCombiningMarks();
CodeSet getBertNonspacing();
CodeSet getBertPunctuation();
CodeSet getBertControls();

/// A character and what becomes of it.
struct Mapping {
  uint32_t code;
  llvm::ArrayRef<uint32_t> text;
};
/// Full decompositions but those of Hangul syllables, in the order of characters.
std::vector<Mapping> getDecompositions(bool compatible);
std::vector<Mapping> getLowerCase();

/// Characters of a combining class that is not 0.
struct ClassRange {
  uint32_t first, last, combiningClass;
};
std::vector<ClassRange> getCombiningClasses();

/// Two characters that compose to a third.
struct Pair {
  uint32_t left, right, result;
};
/// In the order of left and right.
std::vector<Pair> getCompositions();

/// The code points of `text`; each byte that is no UTF-8 is CodeSet::brokenByte.
std::vector<uint32_t> decode(llvm::StringRef text);
/// UTF-8.
void append(std::string &text, uint32_t code);
std::string encode(llvm::ArrayRef<uint32_t> codes);

} // namespace mlir::eke::unicode

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_UNICODE_H
