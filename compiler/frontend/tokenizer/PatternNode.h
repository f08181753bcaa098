//===- PatternNode.h - A regular expression as a tree ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_PATTERNNODE_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_PATTERNNODE_H

#include "compiler/frontend/tokenizer/Pattern.h"

#include <limits>

namespace mlir::eke {

/// A part of a pattern.
struct PatternNode {
  enum Kind { Empty, Set, Sequence, Choice, Repeat, Look };

  Kind kind = Empty;
  CodeSet set = {};
  bool atEnd = false; ///< Look: or the end of the text
  std::vector<uint32_t> parts = {};
  uint32_t least = 0, most = 0; ///< Repeat
  bool lazy = false, possessive = false;
};

inline constexpr uint32_t noLimit = std::numeric_limits<uint32_t>::max();

/// The most nodes of a pattern, and the most steps of its program.
inline constexpr size_t mostPatternSteps = 20000;

/// Makes a program of the node number `whole` and those that it has below.
llvm::Expected<PatternProgram>
emitPattern(const std::vector<PatternNode> &nodes, uint32_t whole);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_PATTERNNODE_H
