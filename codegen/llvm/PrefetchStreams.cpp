//===- PrefetchStreams.cpp - Ask for weights ahead of time ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/PrefetchStreams.h"

#include "dialects/eke/Format.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/IRBuilder.h"

namespace mlir::eke {

namespace {

/// The loads of one loop that walk through memory.
class Streams {
public:
  Streams(const llvm::Loop &loop, llvm::ScalarEvolution &evolution)
      : loop(loop), evolution(evolution) {
    for (llvm::BasicBlock *block : loop.blocks())
      for (llvm::Instruction &inst : *block)
        if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&inst))
          add(load);
  }

  /// One load for each cache line that an iteration reads.
  llvm::ArrayRef<llvm::LoadInst *> getFirstOfLines() const { return firsts; }

private:
  void add(llvm::LoadInst *load) {
    auto *address = llvm::dyn_cast<llvm::SCEVAddRecExpr>(
        evolution.getSCEV(load->getPointerOperand()));
    if (!load->getType()->isVectorTy() || !address ||
        address->getLoop() != &loop)
      return;
    auto *step = llvm::dyn_cast<llvm::SCEVConstant>(
        address->getStepRecurrence(evolution));
    if (!step || step->getAPInt().abs().ult(kAlignment))
      return;
    if (llvm::any_of(addresses, [&](const llvm::SCEV *other) {
          return isWithinLine(address, other);
        }))
      return;
    addresses.push_back(address);
    firsts.push_back(load);
  }

  bool isWithinLine(const llvm::SCEV *one, const llvm::SCEV *other) {
    auto *distance =
        llvm::dyn_cast<llvm::SCEVConstant>(evolution.getMinusSCEV(one, other));
    return distance && distance->getAPInt().abs().ult(kAlignment);
  }

  const llvm::Loop &loop;
  llvm::ScalarEvolution &evolution;
  llvm::SmallVector<const llvm::SCEV *> addresses;
  llvm::SmallVector<llvm::LoadInst *> firsts;
};

} // namespace

llvm::PreservedAnalyses
PrefetchStreamsPass::run(llvm::Function &function,
                         llvm::FunctionAnalysisManager &analyses) {
  auto &evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  bool changed = false;
  for (llvm::Loop *loop :
       analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
    if (!loop->isInnermost())
      continue;
    Streams streams(*loop, evolution);
    for (llvm::LoadInst *load : streams.getFirstOfLines()) {
      llvm::IRBuilder<> builder(load);
      llvm::Value *ahead = builder.CreatePtrAdd(load->getPointerOperand(),
                                                builder.getInt64(distance));
      // A read, for the first cache, of data.
      builder.CreateIntrinsic(llvm::Intrinsic::prefetch, {ahead->getType()},
                              {ahead, builder.getInt32(0), builder.getInt32(3),
                               builder.getInt32(1)});
      changed = true;
    }
  }
  return changed ? llvm::PreservedAnalyses::none()
                 : llvm::PreservedAnalyses::all();
}

} // namespace mlir::eke
