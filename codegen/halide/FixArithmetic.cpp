//===- FixArithmetic.cpp - One order of rounding for a kernel -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/FixArithmetic.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

namespace mlir::eke {

static llvm::BinaryOperator *asProduct(llvm::Value *value) {
  auto *op = llvm::dyn_cast<llvm::BinaryOperator>(value);
  return op && op->getOpcode() == llvm::Instruction::FMul ? op : nullptr;
}

/// The sum or difference `op` with a product that it contains, or null if it
/// contains none. Of two products it takes the second. How often a product is
/// used does not matter: that could depend on the number of rows.
static llvm::Value *fuse(llvm::BinaryOperator *op) {
  llvm::IRBuilder<> builder(op);
  bool subtracts = op->getOpcode() == llvm::Instruction::FSub;
  llvm::Value *left = op->getOperand(0), *right = op->getOperand(1);
  auto mulAdd = [&](llvm::Value *a, llvm::Value *b, llvm::Value *c) {
    return builder.CreateIntrinsic(llvm::Intrinsic::fmuladd, {op->getType()},
                                   {a, b, c});
  };
  if (auto *product = asProduct(right)) {
    llvm::Value *factor = product->getOperand(0);
    return mulAdd(subtracts ? builder.CreateFNeg(factor) : factor,
                  product->getOperand(1), left);
  }
  if (auto *product = asProduct(left))
    return mulAdd(product->getOperand(0), product->getOperand(1),
                  subtracts ? builder.CreateFNeg(right) : right);
  return nullptr;
}

/// Takes back what allows LLVM to round in another way.
static void makeStrict(llvm::Instruction &inst) {
  auto *op = llvm::dyn_cast<llvm::FPMathOperator>(&inst);
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
  bool isAnyOrder =
      call && call->getIntrinsicID() == llvm::Intrinsic::vector_reduce_fadd;
  if (!op || isAnyOrder)
    return;
  llvm::FastMathFlags flags = op->getFastMathFlags();
  flags.setAllowReassoc(false);
  flags.setAllowReciprocal(false);
  flags.setAllowContract(false);
  flags.setApproxFunc(false);
  inst.copyFastMathFlags(flags);
}

static void fixArithmetic(llvm::BasicBlock &block) {
  for (llvm::Instruction &inst : llvm::make_early_inc_range(block)) {
    makeStrict(inst);
    if (inst.getOpcode() != llvm::Instruction::FAdd &&
        inst.getOpcode() != llvm::Instruction::FSub)
      continue;
    auto *op = llvm::cast<llvm::BinaryOperator>(&inst);
    if (llvm::Value *fused = fuse(op)) {
      op->replaceAllUsesWith(fused);
      op->eraseFromParent();
    }
  }
}

void fixArithmetic(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      fixArithmetic(block);
}

} // namespace mlir::eke
