//===- DoubleExtrema.cpp - The larger of two f64 on 32 bits ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/DoubleExtrema.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"

namespace mlir::eke {

using llvm::IRBuilder;
using llvm::Value;

static bool isExtremum(const llvm::IntrinsicInst &call) {
  return (call.getIntrinsicID() == llvm::Intrinsic::maximum ||
          call.getIntrinsicID() == llvm::Intrinsic::minimum) &&
         call.getType()->getScalarType()->isDoubleTy();
}

static Value *compare(IRBuilder<> &b, llvm::IntrinsicInst &call) {
  bool isMax = call.getIntrinsicID() == llvm::Intrinsic::maximum;
  Value *x = call.getArgOperand(0), *y = call.getArgOperand(1);
  llvm::Type *bits = call.getType()->getWithNewType(b.getInt64Ty());
  Value *xBits = b.CreateBitCast(x, bits), *yBits = b.CreateBitCast(y, bits);
  // What is equal has the same bits, or is zero with two signs.
  Value *equal = b.CreateBitCast(isMax ? b.CreateAnd(xBits, yBits)
                                       : b.CreateOr(xBits, yBits),
                                 call.getType());
  Value *isX = isMax ? b.CreateFCmpOGT(x, y) : b.CreateFCmpOLT(x, y);
  Value *number =
      b.CreateSelect(b.CreateFCmpOEQ(x, y), equal, b.CreateSelect(isX, x, y));
  return b.CreateSelect(b.CreateFCmpUNO(x, y), b.CreateFAdd(x, y), number);
}

llvm::PreservedAnalyses
DoubleExtremaPass::run(llvm::Function &function,
                       llvm::FunctionAnalysisManager &) {
  bool changed = false;
  for (llvm::BasicBlock &block : function)
    for (llvm::Instruction &inst : llvm::make_early_inc_range(block)) {
      auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
      if (!call || !isExtremum(*call))
        continue;
      IRBuilder<> b(call);
      call->replaceAllUsesWith(compare(b, *call));
      call->eraseFromParent();
      changed = true;
    }
  return changed ? llvm::PreservedAnalyses::none()
                 : llvm::PreservedAnalyses::all();
}

} // namespace mlir::eke
