//===- CostTest.cpp - When does a kernel cost less? -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Cost.h"

#include "gtest/gtest.h"

using mlir::eke::tune::Cost;

namespace {

Cost makeCost(double value, double tie = 0, double error = 0) {
  Cost cost;
  cost.value = value;
  cost.tie = tie;
  cost.error = error;
  return cost;
}

TEST(Cost, LessIsLessByMoreThanTheNoise) {
  EXPECT_TRUE(makeCost(99).isBelow(makeCost(100), 0));
  EXPECT_FALSE(makeCost(99.5).isBelow(makeCost(100), 0.01));
  EXPECT_TRUE(makeCost(98).isBelow(makeCost(100), 0.01));
  EXPECT_FALSE(makeCost(100).isBelow(makeCost(100), 0));
}

TEST(Cost, LessIsLessByTwoStandardErrors) {
  // The error of the difference is 5.
  EXPECT_FALSE(makeCost(91, 0, 3).isBelow(makeCost(100, 0, 4), 0));
  EXPECT_TRUE(makeCost(89, 0, 3).isBelow(makeCost(100, 0, 4), 0));
}

TEST(Cost, TiesDecideIfTheValueIsNoMore) {
  EXPECT_TRUE(makeCost(100, 97).isBelow(makeCost(100, 100), 0.01));
  EXPECT_FALSE(makeCost(100, 99.5).isBelow(makeCost(100, 100), 0.01));
  EXPECT_FALSE(makeCost(100.5, 50).isBelow(makeCost(100, 100), 0.01));
}

TEST(Cost, ErrorsAddUpAsSquares) {
  Cost sum = makeCost(1, 2, 3);
  sum.add(makeCost(10, 20, 4));
  EXPECT_EQ(sum.value, 11);
  EXPECT_EQ(sum.tie, 22);
  EXPECT_EQ(sum.error, 5);
}

} // namespace
