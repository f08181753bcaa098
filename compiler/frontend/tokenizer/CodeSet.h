//===- CodeSet.h - Sets of characters -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_CODESET_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_CODESET_H

#include <cstdint>
#include <utility>
#include <vector>

namespace mlir::eke {

/// A set of code points. A byte that is no UTF-8 counts as one more, behind them.
class CodeSet {
public:
  static constexpr uint32_t brokenByte = 0x110000;
  using Range = std::pair<uint32_t, uint32_t>; ///< both included

  CodeSet() = default;
  CodeSet(uint32_t first, uint32_t last) : ranges{{first, last}} {}
  /// Of ranges in any order.
  explicit CodeSet(std::vector<Range> ranges);
  static CodeSet all() { return CodeSet(0, brokenByte); }

  bool contains(uint32_t code) const;
  bool isEmpty() const { return ranges.empty(); }
  /// Sorted, not touching each other.
  const std::vector<Range> &getRanges() const { return ranges; }

  CodeSet operator|(const CodeSet &other) const;
  CodeSet operator&(const CodeSet &other) const;
  CodeSet operator~() const;
  bool operator==(const CodeSet &other) const { return ranges == other.ranges; }

private:
  std::vector<Range> ranges;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_CODESET_H
