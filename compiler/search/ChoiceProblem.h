//===- ChoiceProblem.h - One of several choices for each item ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The multiple-choice knapsack problem (Kellerer, Pferschy, Pisinger, Knapsack
// Problems, Springer 2004, chapter 11):
//
//   minimise    sum of cost[i][x_i]   over one choice x_i for each item i
//   subject to  sum of load[i][x_i] <= capacity
//
// Its linear relaxation mixes two choices of one item at most. Its value bounds what any
// solution costs, and rules most choices out; a search decides the others.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_CHOICEPROBLEM_H
#define EKE_COMPILER_SEARCH_CHOICEPROBLEM_H

#include <cstddef>
#include <optional>
#include <vector>

namespace mlir::eke {

/// Neither number is negative.
struct Choice {
  double cost = 0, load = 0;
};

struct ChoiceProblem {
  /// The choices of each item, at least one.
  std::vector<std::vector<Choice>> items;
  double capacity = 0;
};

struct ChoiceSolution {
  /// The number of each item's choice.
  std::vector<size_t> chosen;
  double cost = 0, load = 0;
  /// No solution costs less than this; what it costs itself, if it is known to be best.
  double bound = 0;
};

/// The best solution or, where that takes too many steps, a good one with its bound; none if
/// the lightest choices are beyond the capacity. Equal problems have equal solutions.
std::optional<ChoiceSolution> solve(const ChoiceProblem &problem);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_CHOICEPROBLEM_H
