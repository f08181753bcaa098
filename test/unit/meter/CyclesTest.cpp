//===- CyclesTest.cpp - An estimate of cycles -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/CycleModel.h"
#include "compiler/meter/Decoder.h"

#include <gtest/gtest.h>

using namespace mlir::eke;
using namespace mlir::eke::profile;

namespace {

class Cycles : public testing::Test {
protected:
  Cycles()
      : decoder(llvm::cantFail(
            Decoder::create(llvm::Triple("aarch64-linux-gnu")))) {}

  double estimate(llvm::StringRef cpu, std::vector<uint32_t> words) {
    std::vector<llvm::MCInst> block;
    for (uint32_t word : words) {
      const uint8_t bytes[] = {uint8_t(word), uint8_t(word >> 8),
                               uint8_t(word >> 16), uint8_t(word >> 24)};
      block.push_back(decoder->decode(bytes, 4 * block.size())->inst);
    }
    auto model = llvm::cantFail(CycleModel::create(decoder->triple, cpu));
    return model->estimate(block);
  }

  std::unique_ptr<Decoder> decoder;
};

// Figures of Arm's optimisation guides of the Neoverse N1 and the Cortex-A53.
TEST_F(Cycles, WaitForResults) {
  const uint32_t fadd = 0x1e222800; // fadd s0, s0, s2: latency 2
  EXPECT_NEAR(estimate("neoverse-n1", {fadd, fadd, fadd, fadd}), 8, 0.1);
  const uint32_t mul = 0x1b027c00; // mul w0, w0, w2: latency 2
  EXPECT_NEAR(estimate("neoverse-n1", {mul, mul}), 4, 0.1);
}

TEST_F(Cycles, ShareUnits) {
  // add x0, x10, x11 to add x5, x10, x11: three units for integers.
  const uint32_t add = 0x8b0b0140;
  EXPECT_NEAR(estimate("neoverse-n1",
                       {add, add + 1, add + 2, add + 3, add + 4, add + 5}),
              2, 0.1);
  // The A53 issues two in order.
  EXPECT_NEAR(estimate("cortex-a53", {add, add + 1, add + 2, add + 3}), 2, 0.1);
  // sdot v0 to v3, v16, v17: two units.
  const uint32_t sdot = 0x4e919600;
  EXPECT_NEAR(estimate("neoverse-n1", {sdot, sdot + 1, sdot + 2, sdot + 3}), 2,
              0.1);
}

TEST_F(Cycles, LeaveOutWhatIsCalled) {
  const uint32_t call = 0x94000000, ret = 0xd65f03c0;
  EXPECT_EQ(estimate("neoverse-n1", {call}), 0);
  EXPECT_EQ(estimate("neoverse-n1", {ret}), 0);
}

TEST_F(Cycles, NeedAModel) {
  auto model = CycleModel::create(decoder->triple, "cortex-z9");
  ASSERT_FALSE(static_cast<bool>(model));
  EXPECT_EQ(llvm::toString(model.takeError()),
            "LLVM has no model of a CPU 'cortex-z9' to estimate cycles with; "
            "expected the name of one of aarch64");
}

} // namespace
