//===- SequenceSumsTest.cpp - Integer sums one after the other ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/SequenceSums.h"
#include "test/unit/llvm/RunPasses.h"

#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::eke;

namespace {

/// Of a loop, for each sum, which total it starts behind, -1 if none.
std::vector<int> run(const std::string &text) {
  llvm::FunctionPassManager passes;
  passes.addPass(SequenceSumsPass());
  std::vector<int> behind;
  runOnKernel(text, std::move(passes), [&](llvm::Function &function) {
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &inst : block) {
        if (!inst.getName().starts_with("first"))
          continue;
        int total = -1;
        if (auto *start =
                llvm::dyn_cast<llvm::ExtractValueInst>(inst.getOperand(0))) {
          auto *tie = llvm::cast<llvm::CallInst>(start->getAggregateOperand());
          EXPECT_TRUE(tie->isInlineAsm());
          EXPECT_TRUE(tie->getArgOperand(0) ==
                      llvm::Constant::getNullValue(start->getType()));
          // What the loop carries is the total behind the tie.
          EXPECT_TRUE(tie->getArgOperand(1)->hasOneUse());
          llvm::StringRef name = tie->getArgOperand(1)->getName();
          EXPECT_TRUE(name.consume_front("total"));
          EXPECT_FALSE(name.getAsInteger(10, total));
        }
        behind.push_back(total);
      }
  });
  return behind;
}

/// A loop with `rows` sums of two products each. Totals are computed each behind its
/// sum, or all at the end, there perhaps in a block of their own.
std::string makeLoop(int rows, bool atEnd = false, bool isSplit = false) {
  std::string phis, sums, totals;
  for (int row = 0; row < rows; ++row) {
    phis += llvm::formatv(
        "\n%carried{0} = phi <4 x float> [zeroinitializer, %entry], "
        "[%total{0}, %{1}]",
        row, isSplit ? "latch" : "loop");
    sums += llvm::formatv(R"(
    %first{0} = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32> zeroinitializer, <16 x i8> %w, <16 x i8> %x)
    %last{0} = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32> %first{0}, <16 x i8> %x, <16 x i8> %w)
    %number{0} = sitofp <4 x i32> %last{0} to <4 x float>)",
                          row);
    (atEnd ? totals : sums) += llvm::formatv(
        "\n%total{0} = call <4 x float> @llvm.fmuladd.v4f32(<4 x float> "
        "%number{0}, <4 x float> %scale, <4 x float> %carried{0})",
        row);
  }
  return "define <4 x float> @kernel(<16 x i8> %w, <16 x i8> %x, <4 x float> "
         "%scale, i1 %more) {\nentry:\nbr label %loop\nloop:" +
         phis + sums + (isSplit ? "\nbr label %latch\nlatch:" : "") + totals +
         "\nbr i1 %more, label %loop, label %exit\nexit:\nret <4 x float> "
         "%total0\n}";
}

TEST(SequenceSums, StartsSumsBehindTotals) {
  // Two side by side.
  EXPECT_EQ(run(makeLoop(9)), (std::vector<int>{-1, -1, 0, 1, 2, 3, 4, 5, 6}));
}

TEST(SequenceSums, LeavesFewSums) {
  EXPECT_EQ(run(makeLoop(8)), std::vector<int>(8, -1));
}

TEST(SequenceSums, LeavesTotalsOfOtherBlocks) {
  // A sum may be scaled in another block than the one that computes it.
  EXPECT_EQ(run(makeLoop(9, /*atEnd=*/true, /*isSplit=*/true)),
            std::vector<int>(9, -1));
}

TEST(SequenceSums, LeavesSumsBeforeAllTotals) {
  EXPECT_EQ(run(makeLoop(9, /*atEnd=*/true)), std::vector<int>(9, -1));
}

} // namespace
