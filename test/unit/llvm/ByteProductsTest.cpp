//===- ByteProductsTest.cpp - Several products of bytes at a time ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ByteProducts.h"
#include "test/unit/llvm/RunPasses.h"

#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsARM.h"
#include "llvm/Transforms/Scalar/ADCE.h"

using namespace mlir::eke;

namespace {

struct Counts {
  unsigned widened = 0, pairs = 0, sums = 0;
  bool operator==(const Counts &other) const {
    return widened == other.widened && pairs == other.pairs &&
           sums == other.sums;
  }
};

/// What is left of a kernel of two vectors of bytes, one of 16-bit numbers, and a sum.
Counts run(const std::string &body) {
  const std::string text = R"(
declare i32 @llvm.vector.reduce.add.v4i32(<4 x i32>)
define i32 @kernel(<4 x i8> %a, <4 x i8> %b, <4 x i16> %h, i32 %sum) {
  %wa = sext <4 x i8> %a to <4 x i32>
  %wb = sext <4 x i8> %b to <4 x i32>
  %wh = sext <4 x i16> %h to <4 x i32>
  %za = zext <4 x i8> %a to <4 x i32>
)" + body + "}\n";
  llvm::FunctionPassManager passes;
  passes.addPass(ByteProductsPass(/*hasMve=*/false));
  passes.addPass(llvm::ADCEPass());
  Counts counts;
  runOnKernel(text, std::move(passes), [&](llvm::Function &function) {
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &inst : block)
        if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst)) {
          auto id = call->getIntrinsicID();
          counts.widened += id == llvm::Intrinsic::arm_sxtb16;
          counts.pairs += id == llvm::Intrinsic::arm_smlad;
          counts.sums += id == llvm::Intrinsic::vector_reduce_add;
        }
  });
  return counts;
}

TEST(ByteProducts, PairsProductsThatAreAddedUp) {
  EXPECT_EQ(run(R"(
  %m = mul nsw <4 x i32> %wa, %wb
  %s = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %m)
  %t = add i32 %sum, %s
  ret i32 %t)"),
            (Counts{4, 2, 0}));
  // Multiplied in 16 bits, which hold all products of bytes.
  EXPECT_EQ(run(R"(
  %sa = sext <4 x i8> %a to <4 x i16>
  %sb = sext <4 x i8> %b to <4 x i16>
  %m = mul nsw <4 x i16> %sa, %sb
  %w = sext <4 x i16> %m to <4 x i32>
  %s = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %w)
  %t = add i32 %sum, %s
  ret i32 %t)"),
            (Counts{4, 2, 0}));
  // Of no sum that goes on, and of two that are added to each other.
  EXPECT_EQ(run(R"(
  %m = mul <4 x i32> %wb, %wa
  %s = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %m)
  ret i32 %s)"),
            (Counts{4, 2, 0}));
  EXPECT_EQ(run(R"(
  %m = mul <4 x i32> %wb, %wa
  %s = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %m)
  %n = mul <4 x i32> %wb, %wb
  %t = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %n)
  %u = add i32 %s, %t
  ret i32 %u)"),
            (Counts{4, 4, 0}));
}

TEST(ByteProducts, TakesBytesApartOnce) {
  EXPECT_EQ(run(R"(
  %m = mul <4 x i32> %wa, %wa
  %s = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %m)
  ret i32 %s)"),
            (Counts{2, 2, 0}));
}

TEST(ByteProducts, AddsUpAllLanesOfVectors) {
  for (int lanes : {4, 8, 16}) {
    const std::string n = "<" + std::to_string(lanes) + " x ";
    const std::string text =
        "declare i32 @llvm.vector.reduce.add(" + n + "i32>)\n" +
        "define i32 @kernel(" + n + "i8> %a, " + n + "i8> %b, i32 %sum) {\n" +
        "%wa = sext " + n + "i8> %a to " + n + "i16>\n" + //
        "%wb = sext " + n + "i8> %b to " + n + "i16>\n" + //
        "%m = mul nsw " + n + "i16> %wa, %wb\n" + "%w = sext " + n +
        "i16> %m to " + n + "i32>\n" +
        "%s = call i32 @llvm.vector.reduce.add(" + n + "i32> %w)\n" +
        "%t = add i32 %sum, %s\nret i32 %t\n}\n";
    llvm::FunctionPassManager passes;
    passes.addPass(ByteProductsPass(/*hasMve=*/true));
    passes.addPass(llvm::ADCEPass());
    unsigned sums = 0, others = 0;
    runOnKernel(text, std::move(passes), [&](llvm::Function &function) {
      for (llvm::Instruction &inst : function.getEntryBlock()) {
        auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
        bool isSum =
            call && call->getIntrinsicID() == llvm::Intrinsic::arm_mve_vmldava;
        sums += isSum;
        others += !isSum && !llvm::isa<llvm::SExtInst, llvm::ReturnInst>(inst);
      }
    });
    EXPECT_EQ(sums, 1u) << lanes;
    EXPECT_EQ(others, 0u) << lanes;
  }
}

TEST(ByteProducts, LeavesOtherProducts) {
  for (const char *factors : {"%za, %wb", "%wh, %wb"})
    EXPECT_EQ(run(std::string("%m = mul <4 x i32> ") + factors + R"(
  %s = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %m)
  ret i32 %s)"),
              (Counts{0, 0, 1}))
        << factors;
}

} // namespace
