//===- ShortExtremaTest.cpp - Short loops to the largest number -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ShortExtrema.h"
#include "test/unit/llvm/RunPasses.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Transforms/Utils/LoopUtils.h"

using namespace mlir::eke;

namespace {

/// Must LLVM leave a loop of `count` iterations over `op` as it is?
bool isKept(unsigned count, const char *op, const char *attributes = "") {
  std::string text = llvm::formatv(R"(
define float @kernel(ptr %p) {2} {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %sofar = phi float [0x7FF0000000000000, %entry], [%least, %loop]
  %at = getelementptr float, ptr %p, i64 %i
  %x = load float, ptr %at
  %least = call {1}(float %x, float %sofar)
  %next = add nuw nsw i64 %i, 1
  %isend = icmp eq i64 %next, {0}
  br i1 %isend, label %end, label %loop
end:
  ret float %least
}
declare float @llvm.minnum.f32(float, float)
declare float @llvm.maxnum.f32(float, float)
declare float @llvm.minimum.f32(float, float)
)",
                                   count, op, attributes);
  llvm::FunctionPassManager passes;
  passes.addPass(ShortExtremaPass());
  bool isKept = false;
  runOnKernel(text, std::move(passes), [&](llvm::Function &function) {
    llvm::DominatorTree dominators(function);
    llvm::LoopInfo loops(dominators);
    isKept = llvm::hasVectorizeTransformation(*loops.begin()) ==
             llvm::TM_SuppressedByUser;
  });
  return isKept;
}

} // namespace

TEST(ShortExtrema, KeepsShortLoops) {
  EXPECT_TRUE(isKept(3, "float @llvm.minnum.f32"));
  EXPECT_TRUE(isKept(15, "float @llvm.maxnum.f32"));
}

TEST(ShortExtrema, KeepsLoopsThatHaveToBeSmall) {
  EXPECT_TRUE(isKept(100, "float @llvm.minnum.f32", "optsize"));
}

TEST(ShortExtrema, LeavesWhatVectorsGetRight) {
  EXPECT_FALSE(isKept(100, "float @llvm.minnum.f32"));
  EXPECT_FALSE(isKept(3, "nnan float @llvm.minnum.f32"));
  EXPECT_FALSE(isKept(3, "float @llvm.minimum.f32"));
}
