//===- ByteProducts.cpp - Several products of bytes at a time -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %m = mul (sext <4 x i8> %a), (sext <4 x i8> %b)       a b c d   as a word
//   %s = vector.reduce.add <4 x i32> %m                   │   │
//   %t = add %s, %sum                                    ─┴─ ─┴─    sxtb16: a, c
//                                                         b   d     sxtb16, rotated
//   becomes
//
//   %t = smlad(odd %a, odd %b, smlad(even %a, even %b, %sum))
//
// or, of up to 16 lanes in vectors, %t = vmladava(%sum, %a, %b).
// Sums wrap around in both.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ByteProducts.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsARM.h"
#include "llvm/IR/PatternMatch.h"

namespace mlir::eke {
namespace {

using namespace llvm::PatternMatch;

/// Four signed bytes as two pairs of 16-bit numbers.
struct Pairs {
  llvm::Value *even, *odd;
};

/// A sum of products, and what it is added to, if that is all its use.
struct ByteSum {
  llvm::IntrinsicInst *sum;
  llvm::Value *left, *right;
  llvm::BinaryOperator *total = nullptr;
};

/// How many bytes are in a vector; 0 if it is none.
unsigned countBytes(llvm::Value *value) {
  auto *type = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
  return type && type->getElementType()->isIntegerTy(8) ? type->getNumElements()
                                                        : 0;
}

/// Are the lanes of `value` products of bytes, in 32 bits or in 16, which hold them as well?
bool matchProducts(llvm::Value *value, llvm::Value *&left,
                   llvm::Value *&right) {
  auto products = m_c_Mul(m_SExt(m_Value(left)), m_SExt(m_Value(right)));
  return (match(value, products) || match(value, m_SExt(products))) &&
         countBytes(left) != 0 && countBytes(left) == countBytes(right);
}

std::optional<ByteSum> matchSum(llvm::Instruction &inst) {
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
  llvm::Value *left, *right;
  if (!call || call->getIntrinsicID() != llvm::Intrinsic::vector_reduce_add ||
      !call->getType()->isIntegerTy(32) ||
      !matchProducts(call->getArgOperand(0), left, right))
    return std::nullopt;
  ByteSum sum{call, left, right};
  if (call->hasOneUse())
    if (auto *total = llvm::dyn_cast<llvm::BinaryOperator>(*call->user_begin());
        total && total->getOpcode() == llvm::Instruction::Add)
      sum.total = total;
  return sum;
}

/// Rewrites the sums of a function.
class Rewriter {
public:
  Rewriter(llvm::Function &function, bool hasMve)
      : function(function), hasMve(hasMve) {}

  bool canRewrite(const ByteSum &sum) const {
    unsigned count = countBytes(sum.left);
    return count == 4 || (hasMve && (count == 8 || count == 16));
  }

  void rewrite(const ByteSum &sum) {
    llvm::Instruction *old = sum.sum;
    if (sum.total)
      old = sum.total;
    llvm::IRBuilder<> builder(old);
    llvm::Value *start = builder.getInt32(0);
    if (sum.total)
      start = sum.total->getOperand(sum.total->getOperand(0) == sum.sum);
    old->replaceAllUsesWith(hasMve ? addLanes(builder, sum, start)
                                   : addPairs(builder, sum, start));
    old->eraseFromParent();
    if (sum.total)
      sum.sum->eraseFromParent();
  }

private:
  llvm::Value *addPairs(llvm::IRBuilder<> &builder, const ByteSum &sum,
                        llvm::Value *start) {
    Pairs left = takeApart(sum.left), right = takeApart(sum.right);
    llvm::Value *part = builder.CreateIntrinsic(llvm::Intrinsic::arm_smlad, {},
                                                {left.even, right.even, start});
    return builder.CreateIntrinsic(llvm::Intrinsic::arm_smlad, {},
                                   {left.odd, right.odd, part});
  }

  /// The lanes of fewer than 16 bytes are wider: vectors have 128 bits.
  llvm::Value *addLanes(llvm::IRBuilder<> &builder, const ByteSum &sum,
                        llvm::Value *start) {
    unsigned count = countBytes(sum.left);
    auto *type =
        llvm::FixedVectorType::get(builder.getIntNTy(128 / count), count);
    llvm::Value *left = builder.CreateSExt(sum.left, type),
                *right = builder.CreateSExt(sum.right, type);
    llvm::Value *none = builder.getInt32(0); // signed, added, not exchanged
    return builder.CreateIntrinsic(llvm::Intrinsic::arm_mve_vmldava, {type},
                                   {none, none, none, start, left, right});
  }

  /// Once for all products that `bytes` are in.
  Pairs takeApart(llvm::Value *bytes) {
    auto [found, isNew] = pairs.try_emplace(bytes);
    if (!isNew)
      return found->second;
    llvm::IRBuilder<> builder(function.getContext());
    if (auto *inst = llvm::dyn_cast<llvm::Instruction>(bytes))
      builder.SetInsertPoint(*inst->getInsertionPointAfterDef());
    else
      builder.SetInsertPoint(function.getEntryBlock().getFirstInsertionPt());
    llvm::Value *word = builder.CreateBitCast(bytes, builder.getInt32Ty());
    llvm::Value *turned =
        builder.CreateIntrinsic(llvm::Intrinsic::fshr, {builder.getInt32Ty()},
                                {word, word, builder.getInt32(8)});
    auto widen = [&](llvm::Value *value) {
      return builder.CreateIntrinsic(llvm::Intrinsic::arm_sxtb16, {}, {value});
    };
    return found->second = {widen(word), widen(turned)};
  }

  llvm::Function &function;
  bool hasMve;
  llvm::DenseMap<llvm::Value *, Pairs> pairs;
};

} // namespace

llvm::PreservedAnalyses ByteProductsPass::run(llvm::Function &function,
                                              llvm::FunctionAnalysisManager &) {
  llvm::SmallVector<ByteSum> sums;
  llvm::SmallPtrSet<llvm::BinaryOperator *, 8> totals;
  Rewriter rewriter(function, hasMve);
  for (llvm::BasicBlock &block : function)
    for (llvm::Instruction &inst : block)
      if (std::optional<ByteSum> sum = matchSum(inst);
          sum && rewriter.canRewrite(*sum)) {
        // Of two sums, the second one goes on with the first.
        if (sum->total && !totals.insert(sum->total).second)
          sum->total = nullptr;
        sums.push_back(*sum);
      }
  if (sums.empty())
    return llvm::PreservedAnalyses::all();
  for (const ByteSum &sum : sums)
    rewriter.rewrite(sum);
  llvm::PreservedAnalyses kept;
  kept.preserveSet<llvm::CFGAnalyses>();
  return kept;
}

} // namespace mlir::eke
