//===- MatrixProductsTest.cpp - Products of rows by smmla -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/MatrixProducts.h"
#include "test/unit/llvm/RunPasses.h"

#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsAArch64.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Transforms/Scalar/ADCE.h"

#include <functional>

using namespace mlir::eke;

namespace {

/// What is left of a function.
struct Counts {
  unsigned dots = 0, matrices = 0, shuffles = 0, shufflesInLoop = 0;
  unsigned wrappingAdds = 0, remarks = 0;
};

Counts run(const std::string &text) {
  llvm::FunctionPassManager passes;
  passes.addPass(MatrixProductsPass());
  passes.addPass(llvm::ADCEPass());
  Counts counts;
  auto look = [&](llvm::Function &function) {
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &inst : block) {
        if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst)) {
          counts.dots +=
              call->getIntrinsicID() == llvm::Intrinsic::aarch64_neon_sdot;
          counts.matrices +=
              call->getIntrinsicID() == llvm::Intrinsic::aarch64_neon_smmla;
        }
        if (inst.getOpcode() == llvm::Instruction::Add)
          counts.wrappingAdds += !inst.hasNoSignedWrap();
        bool isShuffle = llvm::isa<llvm::ShuffleVectorInst>(inst);
        counts.shuffles += isShuffle;
        counts.shufflesInLoop += isShuffle && block.getName() == "loop";
      }
  };
  counts.remarks = runOnKernel(text, std::move(passes), look);
  return counts;
}

/// The sums of row `row`: two products, of lanes `lane` and `lane` + `distance` of its
/// inputs with the weights %w0 and `second`, added to `start`.
std::string sumRow(int row, const std::string &start, int lane = 0,
                   int distance = 1, const std::string &second = "%w1") {
  return llvm::formatv(R"(
    %xp{0} = getelementptr <4 x i32>, ptr %x, i64 {0}
    %x{0} = load <4 x i32>, ptr %xp{0}
    %a{0} = shufflevector <4 x i32> %x{0}, <4 x i32> poison, <4 x i32> splat (i32 {2})
    %ab{0} = bitcast <4 x i32> %a{0} to <16 x i8>
    %b{0} = shufflevector <4 x i32> %x{0}, <4 x i32> poison, <4 x i32> splat (i32 {3})
    %bb{0} = bitcast <4 x i32> %b{0} to <16 x i8>
    %c{0} = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32> {1}, <16 x i8> %w0, <16 x i8> %ab{0})
    %d{0} = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32> %c{0}, <16 x i8> {4}, <16 x i8> %bb{0}))",
                       row, start, lane, lane + distance, second);
}

constexpr const char loadWeights[] = R"(
    %w0 = load <16 x i8>, ptr %w
    %wp1 = getelementptr <16 x i8>, ptr %w, i64 1
    %w1 = load <16 x i8>, ptr %wp1)";

std::string store(int row, const std::string &value) {
  return llvm::formatv(R"(
    %yp{0} = getelementptr <4 x i32>, ptr %y, i64 {0}
    store <4 x i32> {1}, ptr %yp{0})",
                       row, value);
}

/// A function of rows that `sum` adds up.
std::string makeRows(
    int rows, std::function<std::string(int)> sum = [](int row) {
      return sumRow(row, "zeroinitializer");
    }) {
  std::string body = loadWeights;
  for (int row = 0; row < rows; ++row)
    body += sum(row);
  for (int row = 0; row < rows; ++row)
    body += store(row, "%d" + std::to_string(row));
  return "define void @kernel(ptr %x, ptr %w, ptr noalias %y) {" + body +
         "\nret void\n}";
}

TEST(MatrixProducts, TakesTwoRowsAtATime) {
  // A product for two rows and two channels each, where there were 8 for one row and
  // four channels.
  Counts counts = run(makeRows(4));
  EXPECT_EQ(counts.dots, 0u);
  EXPECT_EQ(counts.matrices, 4u);
  // The weights, the inputs of each pair, and the rows to store.
  EXPECT_EQ(counts.shuffles, 2u + 2u + 4u);
}

TEST(MatrixProducts, LeavesAnOddRow) {
  Counts counts = run(makeRows(5));
  EXPECT_EQ(counts.dots, 2u);
  EXPECT_EQ(counts.matrices, 4u);
}

TEST(MatrixProducts, LeavesTwoRows) {
  // To arrange the weights for one pair does not pay.
  EXPECT_EQ(run(makeRows(2)).matrices, 0u);
}

TEST(MatrixProducts, LeavesRowsWithOtherWeights) {
  Counts counts = run(makeRows(4, [](int row) {
    return sumRow(row, "zeroinitializer", 0, 1, row < 2 ? "%w1" : "%w0");
  }));
  EXPECT_EQ(counts.matrices, 0u);
  EXPECT_EQ(counts.dots, 8u);
}

TEST(MatrixProducts, LeavesInputsThatAreNoNeighbours) {
  Counts apart = run(makeRows(
      4, [](int row) { return sumRow(row, "zeroinitializer", 0, 2); }));
  EXPECT_EQ(apart.matrices, 0u);
  Counts straddling = run(makeRows(
      4, [](int row) { return sumRow(row, "zeroinitializer", 1, 1); }));
  EXPECT_EQ(straddling.matrices, 0u);
}

TEST(MatrixProducts, UnpacksBehindTheArranging) {
  // Both nibbles of a byte: what is arranged is the bytes.
  std::string body = R"(
    %p0 = load <16 x i8>, ptr %w
    %wp1 = getelementptr <16 x i8>, ptr %w, i64 1
    %p1 = load <16 x i8>, ptr %wp1
    %w0 = shl <16 x i8> %p0, splat (i8 4)
    %w1 = shl <16 x i8> %p1, splat (i8 4)
    %h0 = and <16 x i8> %p0, splat (i8 -16)
    %h1 = and <16 x i8> %p1, splat (i8 -16))";
  std::string stores;
  for (int row = 0; row < 4; ++row) {
    body += sumRow(row, "zeroinitializer");
    body += llvm::formatv(R"(
    %e{0} = shufflevector <4 x i32> %x{0}, <4 x i32> poison, <4 x i32> splat (i32 2)
    %eb{0} = bitcast <4 x i32> %e{0} to <16 x i8>
    %f{0} = shufflevector <4 x i32> %x{0}, <4 x i32> poison, <4 x i32> splat (i32 3)
    %fb{0} = bitcast <4 x i32> %f{0} to <16 x i8>
    %g{0} = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32> %d{0}, <16 x i8> %h0, <16 x i8> %eb{0})
    %i{0} = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32> %g{0}, <16 x i8> %h1, <16 x i8> %fb{0}))",
                          row)
                .str();
    stores += store(row, "%i" + std::to_string(row));
  }
  Counts counts = run("define void @kernel(ptr %x, ptr %w, ptr noalias %y) {" +
                      body + stores + "\nret void\n}");
  EXPECT_EQ(counts.dots, 0u);
  EXPECT_EQ(counts.matrices, 8u);
  EXPECT_EQ(counts.shuffles, 2u + 4u + 4u);
}

/// A loop that sums groups of products, each with its scale.
std::string makeScaledLoop() {
  std::string phis, body = loadWeights, stores;
  for (int row = 0; row < 4; ++row) {
    phis += llvm::formatv("\n%s{0} = phi <4 x float> [ zeroinitializer, %entry "
                          "], [ %t{0}, %loop ]",
                          row);
    body += sumRow(row, "zeroinitializer");
    body += llvm::formatv(R"(
    %f{0} = sitofp <4 x i32> %d{0} to <4 x float>
    %t{0} = call <4 x float> @llvm.fmuladd.v4f32(<4 x float> %f{0}, <4 x float> %scale, <4 x float> %s{0}))",
                          row);
    stores += llvm::formatv(R"(
    %yp{0} = getelementptr <4 x float>, ptr %y, i64 {0}
    store <4 x float> %t{0}, ptr %yp{0})",
                            row);
  }
  return "define void @kernel(ptr %x, ptr %w, ptr noalias %y, <4 x float> "
         "%scale) {\nentry:\nbr label %loop\nloop:\n"
         "%i = phi i64 [ 0, %entry ], [ %next, %loop ]" +
         phis + body +
         "\n%next = add i64 %i, 1\n%more = icmp ult i64 %next, 9\n"
         "br i1 %more, label %loop, label %done\ndone:" +
         stores + "\nret void\n}";
}

TEST(MatrixProducts, StaysArrangedAroundALoop) {
  Counts counts = run(makeScaledLoop());
  EXPECT_EQ(counts.dots, 0u);
  EXPECT_EQ(counts.matrices, 4u);
  EXPECT_EQ(counts.shufflesInLoop, 2u + 2u); // weights, inputs
  EXPECT_EQ(counts.shuffles, counts.shufflesInLoop + 2u /*scale*/ + 4u);
  EXPECT_EQ(counts.remarks, 0u);
}

/// Four rows of which `reads` says what stands behind each, and `end` behind all.
std::string makeReadRows(std::function<std::string(int)> reads,
                         const std::string &end = "") {
  std::string body = loadWeights;
  for (int row = 0; row < 4; ++row)
    body += sumRow(row, "zeroinitializer") + reads(row);
  return "define void @kernel(ptr %x, ptr %w, ptr noalias %y, <4 x i32> "
         "%bias) {" +
         body + end + "\nret void\n}";
}

TEST(MatrixProducts, LeavesRowsThatAreReadOneByOne) {
  // A row is stored before the next one begins.
  Counts counts = run(makeReadRows(
      [](int row) { return store(row, "%d" + std::to_string(row)); }));
  EXPECT_EQ(counts.matrices, 0u);
  EXPECT_EQ(counts.dots, 8u);
  EXPECT_EQ(counts.remarks, 1u);
}

TEST(MatrixProducts, LeavesStepsBehindWhichARowIsReadTooEarly) {
  // Sums are complete two by two, what is added to them is not.
  std::string pending;
  Counts counts = run(makeReadRows([&](int row) {
    std::string n = std::to_string(row);
    pending += "\n%e" + n + " = add <4 x i32> %d" + n + ", %bias" +
               store(row, "%e" + n);
    return row % 2 ? std::exchange(pending, "") : "";
  }));
  EXPECT_EQ(counts.matrices, 4u);
  EXPECT_EQ(counts.dots, 0u);
  EXPECT_EQ(counts.remarks, 0u);
}

TEST(MatrixProducts, KeepsOnlyWhatHoldsForBothRows) {
  std::string end;
  for (int row = 0; row < 4; ++row) {
    std::string n = std::to_string(row);
    end += "\n%e" + n + " = add " + (row % 2 ? "" : "nsw ") + "<4 x i32> %d" +
           n + ", %bias";
  }
  for (int row = 0; row < 4; ++row)
    end += store(row, "%e" + std::to_string(row));
  Counts counts = run(makeReadRows([](int) { return ""; }, end));
  EXPECT_EQ(counts.matrices, 4u);
  EXPECT_EQ(counts.wrappingAdds, 4u);
}

TEST(MatrixProducts, ArrangesRowsOfTwoPairsBehindBoth) {
  // Rows 0, 2, … have other weights than rows 1, 3, …; rows 8, 9, … go on with rows
  // 0, 1, …, so that each of these pairs starts from rows of two other pairs.
  std::string body = loadWeights;
  for (int row = 0; row < 8; ++row) {
    std::string sum = sumRow(row, "zeroinitializer");
    if (row % 2)
      sum.replace(sum.find("%w0"), 3, "%bytes");
    body += sum;
  }
  for (int row = 8; row < 12; ++row)
    body += sumRow(row, "%d" + std::to_string(row - 8), 0, 1, "%w0");
  for (int row = 0; row < 12; ++row)
    body += store(row, "%d" + std::to_string(row));
  Counts counts =
      run("define void @kernel(ptr %x, ptr %w, ptr noalias %y, <16 x i8> "
          "%bytes) {" +
          body + "\nret void\n}");
  EXPECT_EQ(counts.dots, 0u);
  EXPECT_EQ(counts.matrices, 12u);
}

} // namespace
