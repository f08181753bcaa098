//===- TimeModelTest.cpp - The roofline of one core -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/EnergyModel.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::eke;

namespace {

/// A core of 1 GHz; a cache of 4 GB/s in front of a memory of 1 GB/s.
class TimeModels : public testing::Test {
protected:
  TimeModels() { context.loadDialect<EkeDialect>(); }

  TargetAttr describe(StringRef rest) {
    std::string text =
        ("#eke.target<name = \"t\", triple = \"aarch64-linux-gnu\", cpu = "
         "\"c\", "
         "features = \"\", halide = \"h\", vector_bits = 128, memories = ["
         "<l1d, cache, capacity = 64, bandwidth = 4.0E+9>, "
         "<dram, ram, bandwidth = 1.0E+9 [5.0E+8, 2.0E+9]>], clock = 1.0E+9" +
         rest + ">")
            .str();
    return cast<TargetAttr>(parseAttribute(text, &context));
  }

  MLIRContext context;
};

TEST_F(TimeModels, OverlapOutOfOrder) {
  TimeModel model(describe(""));
  TimeEstimate time = model.estimate(/*cycles=*/3000, {100, 1000});
  EXPECT_DOUBLE_EQ(time.computing, 3e-6);
  // What the memory serves goes through the cache as well.
  EXPECT_DOUBLE_EQ(time.memories[0], 1100 / 4e9);
  EXPECT_DOUBLE_EQ(time.memories[1], 1e-6);
  EXPECT_DOUBLE_EQ(time.total, 3e-6);
  EXPECT_FALSE(time.bound);
  time = model.estimate(/*cycles=*/500, {100, 1000});
  EXPECT_DOUBLE_EQ(time.total, 1e-6);
  EXPECT_EQ(time.bound, 1u);
}

TEST_F(TimeModels, AddUpInOrder) {
  TimeModel model(describe(", execution = in_order"));
  TimeEstimate time = model.estimate(/*cycles=*/3000, {100, 1000});
  EXPECT_DOUBLE_EQ(time.total, 3e-6 + 1e-6 + 1100 / 4e9);
  EXPECT_FALSE(time.bound);
}

/// The memory may be half or twice as fast, and all or nothing may overlap.
TEST_F(TimeModels, KnowHowWrongTheyMayBe) {
  EXPECT_EQ(TimeModel(describe("")).getSpread(), (Figure{1, 0.5, 4}));
  EXPECT_EQ(TimeModel(describe(", execution = in_order")).getSpread(),
            (Figure{1, 0.25, 2}));
}

/// A watt for a microsecond is a microjoule.
TEST_F(TimeModels, MakeThePowerAtRestCost) {
  auto price = [&](StringRef rest) {
    PriceList prices(describe(rest));
    Amounts amounts = prices.getNothing();
    prices.addTime(amounts, 2e-6);
    return prices.sum(amounts);
  };
  EXPECT_EQ(price(", costs = <power = 1.0E+3 [5.0E+2, 2.0E+3]>"),
            (Figure{2e6, 0.5e6, 16e6}));
  EXPECT_EQ(price(""), Figure());
}

/// What is saved may be more of one thing and less of another.
TEST_F(TimeModels, PriceDifferences) {
  PriceList prices(describe(", costs = <scalar = 3.0 [2.0, 5.0]>"));
  Amounts amounts = prices.getNothing();
  prices.addInstructions(amounts, InstructionKind::Scalar, -10);
  EXPECT_EQ(prices.sum(amounts), (Figure{-30, -50, -20}));
}

} // namespace
