//===- ShortExtrema.cpp - Short loops to the largest number ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ShortExtrema.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/LoopUtils.h"

namespace mlir::eke {

/// Of loops with fewer iterations LLVM fills vectors up, whatever is left over: its
/// option vectorizer-min-trip-count.
static constexpr unsigned kShort = 16;

/// Is `inst` the larger or smaller of a number and the value so far of `loop`?
static bool accumulates(const llvm::Instruction &inst, const llvm::Loop &loop) {
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
  if (!call || (call->getIntrinsicID() != llvm::Intrinsic::maxnum &&
                call->getIntrinsicID() != llvm::Intrinsic::minnum))
    return false;
  return !call->hasNoNaNs() &&
         llvm::any_of(call->args(), [&](const llvm::Value *operand) {
           auto *phi = llvm::dyn_cast<llvm::PHINode>(operand);
           return phi && phi->getParent() == loop.getHeader();
         });
}

static bool accumulates(const llvm::Loop &loop) {
  return llvm::any_of(loop.blocks(), [&](const llvm::BasicBlock *block) {
    return llvm::any_of(*block, [&](const llvm::Instruction &inst) {
      return accumulates(inst, loop);
    });
  });
}

llvm::PreservedAnalyses
ShortExtremaPass::run(llvm::Function &function,
                      llvm::FunctionAnalysisManager &analyses) {
  auto &evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  for (llvm::Loop *loop :
       analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
    unsigned most = evolution.getSmallConstantMaxTripCount(loop);
    bool isShort = most > 0 && most < kShort;
    if ((isShort || function.hasOptSize()) && accumulates(*loop))
      llvm::addStringMetadataToLoop(loop, "llvm.loop.vectorize.enable", 0);
  }
  return llvm::PreservedAnalyses::all();
}

} // namespace mlir::eke
