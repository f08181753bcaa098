//===- PatternTables.h - Patterns as automata -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_PATTERNTABLES_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_PATTERNTABLES_H

#include "compiler/frontend/tokenizer/Pattern.h"

#include <array>
#include <optional>

namespace mlir::eke {

/// A partition of all characters, so that those of a class are alike.
struct CharClasses {
  std::array<uint8_t, 128> ascii;
  /// Above: first character and class, sorted.
  std::vector<std::pair<uint32_t, uint8_t>> ranges;
  uint8_t broken;
  uint32_t count;
};

/// An automaton; see eke_pattern.
struct PatternTable {
  std::vector<uint16_t> states;
  std::vector<uint8_t> loops;
};

/// Patterns with the classes that they share.
struct PatternTables {
  CharClasses classes;
  std::vector<PatternTable> tables;
};

/// A pattern's program, and what errors call it.
struct NamedPattern {
  PatternProgram program;
  std::string name;
};

/// Makes automata. A space is in a set if `space` is, which it stands for. An error names
/// the pattern that needs too much.
llvm::Expected<PatternTables>
compilePatterns(const std::vector<NamedPattern> &patterns,
                uint32_t space = ' ');

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_PATTERNTABLES_H
