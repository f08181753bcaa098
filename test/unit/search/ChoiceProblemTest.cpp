//===- ChoiceProblemTest.cpp - One of several choices for each item -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/ChoiceProblem.h"

#include "gtest/gtest.h"

#include <functional>
#include <random>

using namespace mlir::eke;

namespace {

/// The cost of the best solution, by trying all.
std::optional<double> tryAll(const ChoiceProblem &problem) {
  std::optional<double> best;
  std::function<void(size_t, double, double)> visit =
      [&](size_t item, double cost, double load) {
        if (item == problem.items.size()) {
          if (load <= problem.capacity && (!best || cost < *best))
            best = cost;
          return;
        }
        for (const Choice &choice : problem.items[item])
          visit(item + 1, cost + choice.cost, load + choice.load);
      };
  visit(0, 0, 0);
  return best;
}

/// Whole numbers, so that sums are exact whatever their order, and ties are many.
ChoiceProblem makeProblem(std::mt19937 &random, size_t items, int most) {
  std::uniform_int_distribution<int> number(0, most), choices(1, 4);
  ChoiceProblem problem;
  double heaviest = 0;
  for (size_t item = 0; item < items; ++item) {
    auto &list = problem.items.emplace_back();
    for (int left = choices(random); left > 0; --left) {
      list.push_back({double(number(random)), double(number(random))});
      heaviest += list.back().load;
    }
  }
  problem.capacity =
      std::floor(heaviest * (number(random) + 1.0) / (most + 1) / 2);
  return problem;
}

TEST(ChoiceProblem, FindsWhatTryingAllFinds) {
  std::mt19937 random(1);
  unsigned solved = 0;
  for (int round = 0; round < 2000; ++round) {
    ChoiceProblem problem =
        makeProblem(random, 1 + round % 7, round % 2 ? 5 : 1000);
    std::optional<double> expected = tryAll(problem);
    std::optional<ChoiceSolution> got = solve(problem);
    ASSERT_EQ(got.has_value(), expected.has_value()) << "round " << round;
    if (!got)
      continue;
    ++solved;
    EXPECT_EQ(got->cost, *expected) << "round " << round;
    EXPECT_EQ(got->bound, got->cost);
    EXPECT_LE(got->load, problem.capacity);
    double cost = 0;
    for (size_t item = 0; item < problem.items.size(); ++item)
      cost += problem.items[item][got->chosen[item]].cost;
    EXPECT_EQ(cost, got->cost);
  }
  EXPECT_GT(solved, 1000u);
}

TEST(ChoiceProblem, RefusesWhatIsTooHeavy) {
  ChoiceProblem problem{{{{1, 5}, {2, 4}}, {{0, 3}}}, 6};
  EXPECT_FALSE(solve(problem));
  problem.capacity = 7;
  auto solution = solve(problem);
  ASSERT_TRUE(solution);
  EXPECT_EQ(solution->chosen, (std::vector<size_t>{1, 0}));
}

// As large as the matrices of a model of 30 layers: near the bound, if not on it.
TEST(ChoiceProblem, IsNearItsBoundWhereThereAreMany) {
  std::mt19937 random(2);
  std::lognormal_distribution<double> loss(0, 2), size(0, 1);
  ChoiceProblem problem;
  double lightest = 0, heaviest = 0;
  for (int item = 0; item < 300; ++item) {
    double bytes = size(random), lost = loss(random);
    auto &list = problem.items.emplace_back();
    for (double bits : {16, 8, 5, 4, 3})
      list.push_back({bytes * bits, lost * std::exp2(-bits)});
    lightest += list.front().load;
    heaviest += list.back().load;
  }
  for (double part : {0.01, 0.1, 0.3, 0.7}) {
    problem.capacity = lightest + part * (heaviest - lightest);
    auto solution = solve(problem);
    ASSERT_TRUE(solution);
    EXPECT_LE(solution->load, problem.capacity);
    EXPECT_LE(solution->bound, solution->cost);
    EXPECT_LT(solution->cost, 1.001 * solution->bound) << "part " << part;
  }
}

} // namespace
