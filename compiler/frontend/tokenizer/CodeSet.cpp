//===- CodeSet.cpp - Sets of characters -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/CodeSet.h"

#include <algorithm>

namespace mlir::eke {

CodeSet::CodeSet(std::vector<Range> all) {
  std::sort(all.begin(), all.end());
  for (Range range : all) {
    if (!ranges.empty() && range.first <= ranges.back().second + 1)
      ranges.back().second = std::max(ranges.back().second, range.second);
    else
      ranges.push_back(range);
  }
}

bool CodeSet::contains(uint32_t code) const {
  auto behind = std::upper_bound(
      ranges.begin(), ranges.end(), code,
      [](uint32_t code, const Range &range) { return code < range.first; });
  return behind != ranges.begin() && code <= std::prev(behind)->second;
}

CodeSet CodeSet::operator|(const CodeSet &other) const {
  std::vector<Range> all = ranges;
  all.insert(all.end(), other.ranges.begin(), other.ranges.end());
  return CodeSet(std::move(all));
}

CodeSet CodeSet::operator~() const {
  CodeSet result;
  uint32_t next = 0;
  for (Range range : ranges) {
    if (next < range.first)
      result.ranges.push_back({next, range.first - 1});
    next = range.second + 1;
  }
  if (next <= brokenByte)
    result.ranges.push_back({next, brokenByte});
  return result;
}

CodeSet CodeSet::operator&(const CodeSet &other) const {
  return ~(~*this | ~other);
}

} // namespace mlir::eke
