//===- SequenceSums.cpp - Integer sums one after the other ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %a = sdot(0, …)                           %a = sdot(0, …)
//   %total = fmuladd(sitofp %a, …)            %total = fmuladd(sitofp %a, …)
//                                  becomes    %zero, %t = asm "" (0, %total)
//   %b = sdot(0, …)                           %b = sdot(%zero, …)
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/SequenceSums.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsAArch64.h"

namespace mlir::eke {

namespace {

/// A sum of integers in a block, from its first product to the total it is added to.
struct ScaledSum {
  llvm::IntrinsicInst *first, *total;
};

} // namespace

/// Sums that are computed side by side, which hides what one product waits for
/// another. With up to `kFew` in a block all have room.
static constexpr size_t kSideBySide = 2, kFew = 8;

static llvm::IntrinsicInst *asProduct(llvm::Value *value) {
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(value);
  if (!call || call->getType()->getPrimitiveSizeInBits() != 128)
    return nullptr;
  bool isProduct =
      call->getIntrinsicID() == llvm::Intrinsic::aarch64_neon_sdot ||
      call->getIntrinsicID() == llvm::Intrinsic::aarch64_neon_smmla;
  return isProduct ? call : nullptr;
}

/// The first product of the sum that ends with `last`, if all are in its block and
/// start from a constant.
static llvm::IntrinsicInst *findFirst(llvm::IntrinsicInst *last) {
  llvm::IntrinsicInst *first = last;
  while (llvm::IntrinsicInst *before = asProduct(first->getArgOperand(0))) {
    if (before->getParent() != last->getParent() || !before->hasOneUse())
      return nullptr;
    first = before;
  }
  return llvm::isa<llvm::Constant>(first->getArgOperand(0)) ? first : nullptr;
}

/// The sum that `inst` adds to a total of one register, if it does, all in its block.
static ScaledSum findSum(llvm::Instruction &inst) {
  auto *total = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
  if (!total || total->getIntrinsicID() != llvm::Intrinsic::fmuladd ||
      total->getType()->getPrimitiveSizeInBits() != 128)
    return {};
  for (llvm::Value *factor : {total->getArgOperand(0), total->getArgOperand(1)})
    if (auto *number = llvm::dyn_cast<llvm::SIToFPInst>(factor)) {
      llvm::IntrinsicInst *last = asProduct(number->getOperand(0));
      if (last && last->getParent() == total->getParent())
        return {findFirst(last), total};
    }
  return {};
}

/// Is the total read behind `inst` only, or around the block's loop?
static bool isReadBehind(llvm::IntrinsicInst *total, llvm::Instruction *inst) {
  return total->comesBefore(inst) &&
         llvm::all_of(total->users(), [&](llvm::User *user) {
           auto *reader = llvm::cast<llvm::Instruction>(user);
           return llvm::isa<llvm::PHINode>(reader) ||
                  reader->getParent() != inst->getParent() ||
                  inst->comesBefore(reader);
         });
}

/// Makes `product`, the first of its sum, start behind `total`.
static void startBehind(llvm::IntrinsicInst *product,
                        llvm::IntrinsicInst *total) {
  llvm::IRBuilder<> builder(product);
  llvm::Value *start = product->getArgOperand(0);
  auto *both = llvm::StructType::get(start->getType(), total->getType());
  auto *type = llvm::FunctionType::get(
      both, {start->getType(), total->getType()}, /*isVarArg=*/false);
  llvm::CallInst *tie = builder.CreateCall(
      llvm::InlineAsm::get(type, "", "=w,=w,0,1", /*hasSideEffects=*/false),
      {start, total});
  tie->setDoesNotAccessMemory();
  product->setArgOperand(0, builder.CreateExtractValue(tie, 0));
  llvm::Value *kept = builder.CreateExtractValue(tie, 1);
  total->replaceUsesWithIf(
      kept, [&](llvm::Use &use) { return use.getUser() != tie; });
}

llvm::PreservedAnalyses SequenceSumsPass::run(llvm::Function &function,
                                              llvm::FunctionAnalysisManager &) {
  bool changed = false;
  for (llvm::BasicBlock &block : function) {
    llvm::SmallVector<ScaledSum> sums;
    for (llvm::Instruction &inst : block)
      if (ScaledSum sum = findSum(inst); sum.first)
        sums.push_back(sum);
    if (sums.size() <= kFew)
      continue;
    for (size_t i = kSideBySide; i < sums.size(); ++i) {
      llvm::IntrinsicInst *total = sums[i - kSideBySide].total;
      if (!isReadBehind(total, sums[i].first))
        continue;
      startBehind(sums[i].first, total);
      changed = true;
    }
  }
  if (!changed)
    return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses kept;
  kept.preserveSet<llvm::CFGAnalyses>();
  return kept;
}

} // namespace mlir::eke
