//===- Pattern.h - Regular expressions of tokenizers ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pattern becomes a program for a machine that goes all ways at once, the preferred
// first:
//
//   a|b*  ─▶  0: split 1 3   1: char {a}   2: jump 5
//             3: split 4 5   4: char {b} then 3   5: match
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_PATTERN_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_PATTERN_H

#include "compiler/frontend/tokenizer/CodeSet.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace mlir::eke {

/// One step of the machine.
struct PatternStep {
  enum Kind {
    Char,  ///< a character of the set, then `next`
    Split, ///< `next`, or else `other`
    Look, ///< the character behind is of the set, or with `atEnd` there is none
    Match
  };

  Kind kind;
  CodeSet set = {};
  bool atEnd = false;
  uint32_t next = 0, other = 0;
};

/// A pattern's program; it starts at `start`.
struct PatternProgram {
  std::vector<PatternStep> steps;
  uint32_t start = 0;
};

/// Parses what Oniguruma takes of literals, classes, \p{…}, alternatives, groups,
/// quantifiers (lazy ones too, and possessive ones of one character), (?i:…), $, and
/// looks ahead at one character. An error says what it does not take.
llvm::Expected<PatternProgram> parsePattern(llvm::StringRef pattern);

/// The same for a text that is matched as it is.
PatternProgram makeTextPattern(llvm::StringRef text);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_PATTERN_H
