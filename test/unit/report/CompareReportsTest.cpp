//===- CompareReportsTest.cpp - Energies side by side ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/CompareReports.h"

#include <gtest/gtest.h>

using namespace mlir::eke;

namespace {

TEST(CompareReports, RangesApart) {
  EnergyRatio found =
      compareEnergies({{"flash", {2, 1, 3}, 1}}, {{"dram", {10, 6, 12}, 1}});
  EXPECT_DOUBLE_EQ(found.ratio.nominal, 0.2);
  EXPECT_DOUBLE_EQ(found.ratio.low, 1.0 / 12);
  EXPECT_DOUBLE_EQ(found.ratio.high, 3.0 / 6);
  EXPECT_EQ(found.better, 1);
  found =
      compareEnergies({{"dram", {10, 6, 12}, 1}}, {{"flash", {2, 1, 3}, 1}});
  EXPECT_EQ(found.better, 0);
}

/// Of two figures with equal ranges that have nothing in common, each is the lower one in half
/// of the draws; the standard error of 10000 draws is 0.005.
TEST(CompareReports, EqualRangesOfDifferentFigures) {
  EnergyRatio found =
      compareEnergies({{"flash", {2, 1, 4}, 1}}, {{"dram", {2, 1, 4}, 1}});
  EXPECT_DOUBLE_EQ(found.ratio.nominal, 1);
  EXPECT_DOUBLE_EQ(found.ratio.low, 0.25);
  EXPECT_DOUBLE_EQ(found.ratio.high, 4);
  EXPECT_NEAR(found.better, 0.5, 0.02);
}

/// Logarithms are what is evenly distributed: a figure from 1 to 16 is below 2 in a quarter
/// of the draws.
TEST(CompareReports, DrawsAreLogUniform) {
  EnergyRatio found =
      compareEnergies({{"dram", {4, 1, 16}, 1}}, {{"flash", {2, 2, 2}, 1}});
  EXPECT_NEAR(found.better, 0.25, 0.02);
}

/// The figure is what it is for both, however little is known of it.
TEST(CompareReports, SharedFigure) {
  Figure figure{10, 1, 100};
  EnergyRatio found =
      compareEnergies({{"dram", figure, 9}}, {{"dram", figure, 10}});
  EXPECT_DOUBLE_EQ(found.ratio.low, 0.9);
  EXPECT_DOUBLE_EQ(found.ratio.high, 0.9);
  EXPECT_EQ(found.better, 1);
  found = compareEnergies({{"dram", figure, 10}}, {{"dram", figure, 10}});
  EXPECT_EQ(found.better, 0);
}

/// Half of the bytes for twice the instructions: (5 d + 20 i) / (10 d + 10 i) is least, 7/11,
/// where d is most and i is least, and most, 45/30, the other way round.
TEST(CompareReports, LimitsTakeEachFigureToOneEnd) {
  Figure dram{2, 1, 10}, instruction{1, 1, 2};
  EnergyRatio found =
      compareEnergies({{"dram", dram, 5}, {"instructions", instruction, 20}},
                      {{"dram", dram, 10}, {"instructions", instruction, 10}});
  EXPECT_DOUBLE_EQ(found.ratio.nominal, 1);
  EXPECT_DOUBLE_EQ(found.ratio.low, 70.0 / 110);
  EXPECT_DOUBLE_EQ(found.ratio.high, 45.0 / 30);
}

} // namespace
