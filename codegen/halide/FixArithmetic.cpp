//===- FixArithmetic.cpp - One order of rounding for a kernel -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/FixArithmetic.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsAArch64.h"
#include "llvm/IR/IntrinsicsARM.h"
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

//===----------------------------------------------------------------------===//
// The largest and the smallest
//===----------------------------------------------------------------------===//

namespace {

/// The larger (or smaller) of two numbers, or of all lanes of a vector, as Halide
/// accumulates it: on the promise that there are no NaNs.
struct Extremum {
  bool isMax;
  bool isOfLanes = false;
};

} // namespace

/// `select (a > b), a, b`, in any order
static std::optional<Extremum> matchSelect(llvm::Instruction &inst) {
  auto *select = llvm::dyn_cast<llvm::SelectInst>(&inst);
  auto *compare =
      select ? llvm::dyn_cast<llvm::FCmpInst>(select->getCondition()) : nullptr;
  if (!compare || !compare->hasNoNaNs())
    return std::nullopt;
  llvm::Value *a = compare->getOperand(0), *b = compare->getOperand(1);
  bool isStraight = select->getTrueValue() == a && select->getFalseValue() == b;
  bool isCrossed = select->getTrueValue() == b && select->getFalseValue() == a;
  using Predicate = llvm::CmpInst::Predicate;
  Predicate predicate =
      llvm::CmpInst::getOrderedPredicate(compare->getPredicate());
  bool isGreater =
      predicate == Predicate::FCMP_OGT || predicate == Predicate::FCMP_OGE;
  bool isLess =
      predicate == Predicate::FCMP_OLT || predicate == Predicate::FCMP_OLE;
  if ((!isStraight && !isCrossed) || (!isGreater && !isLess))
    return std::nullopt;
  return Extremum{isGreater == isStraight};
}

static std::optional<Extremum> matchExtremum(llvm::Instruction &inst) {
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
  if (!call)
    return matchSelect(inst);
  if (!llvm::isa<llvm::FPMathOperator>(call) || !call->hasNoNaNs())
    return std::nullopt;
  switch (call->getIntrinsicID()) {
  case llvm::Intrinsic::maxnum:
  case llvm::Intrinsic::aarch64_neon_fmax:
  case llvm::Intrinsic::arm_neon_vmaxs:
    return Extremum{/*isMax=*/true};
  case llvm::Intrinsic::minnum:
  case llvm::Intrinsic::aarch64_neon_fmin:
  case llvm::Intrinsic::arm_neon_vmins:
    return Extremum{/*isMax=*/false};
  case llvm::Intrinsic::vector_reduce_fmax:
    return Extremum{/*isMax=*/true, /*isOfLanes=*/true};
  case llvm::Intrinsic::vector_reduce_fmin:
    return Extremum{/*isMax=*/false, /*isOfLanes=*/true};
  default:
    return std::nullopt;
  }
}

static llvm::Intrinsic::ID getIntrinsic(Extremum extremum,
                                        halide::Extrema extrema) {
  namespace Intrinsic = llvm::Intrinsic;
  bool keepsNaNs = extrema == halide::Extrema::NaNsWin;
  if (extremum.isOfLanes && keepsNaNs)
    return extremum.isMax ? Intrinsic::vector_reduce_fmaximum
                          : Intrinsic::vector_reduce_fminimum;
  if (extremum.isOfLanes)
    return extremum.isMax ? Intrinsic::vector_reduce_fmax
                          : Intrinsic::vector_reduce_fmin;
  if (keepsNaNs)
    return extremum.isMax ? Intrinsic::maximum : Intrinsic::minimum;
  return extremum.isMax ? Intrinsic::maxnum : Intrinsic::minnum;
}

/// Compares the first half of the lanes with the second until one is left: without the
/// promise that there are no NaNs, LLVM would compare lane after lane. Four lanes are one
/// instruction for Arm.
static llvm::Value *reduceLanes(llvm::IRBuilder<> &builder, llvm::Value *vector,
                                Extremum extremum, halide::Extrema extrema) {
  const llvm::Module &module = *builder.GetInsertBlock()->getModule();
  unsigned least = module.getTargetTriple().isAArch64() ? 4 : 1;
  unsigned lanes =
      llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements();
  llvm::Intrinsic::ID pair = getIntrinsic({extremum.isMax}, extrema);
  for (; lanes > least && lanes % 2 == 0; lanes /= 2) {
    SmallVector<int> low = llvm::to_vector(llvm::seq<int>(0, lanes / 2));
    SmallVector<int> high = llvm::to_vector(llvm::seq<int>(lanes / 2, lanes));
    vector = builder.CreateBinaryIntrinsic(
        pair, builder.CreateShuffleVector(vector, low),
        builder.CreateShuffleVector(vector, high));
  }
  if (lanes == 1)
    return builder.CreateExtractElement(vector, uint64_t(0));
  return builder.CreateIntrinsic(getIntrinsic(extremum, extrema),
                                 {vector->getType()}, {vector});
}

/// The same as an operation that makes no promise.
static void replaceExtremum(llvm::Instruction &inst, Extremum extremum,
                            halide::Extrema extrema) {
  llvm::IRBuilder<> builder(&inst);
  llvm::Value *result;
  if (extremum.isOfLanes) {
    result = reduceLanes(builder, inst.getOperand(0), extremum, extrema);
  } else {
    unsigned first = llvm::isa<llvm::SelectInst>(inst) ? 1 : 0;
    result = builder.CreateBinaryIntrinsic(getIntrinsic(extremum, extrema),
                                           inst.getOperand(first),
                                           inst.getOperand(first + 1));
  }
  inst.replaceAllUsesWith(result);
  inst.eraseFromParent();
}

//===----------------------------------------------------------------------===//
// Flags
//===----------------------------------------------------------------------===//

/// Takes back what allows LLVM to round in another way.
static void fixRounding(llvm::Instruction &inst) {
  llvm::FastMathFlags flags = inst.getFastMathFlags();
  flags.setAllowReassoc(false);
  flags.setAllowReciprocal(false);
  flags.setAllowContract(false);
  flags.setApproxFunc(false);
  inst.copyFastMathFlags(flags);
}

/// Takes back that numbers are finite.
static void allowNaNs(llvm::Instruction &inst) {
  llvm::FastMathFlags flags = inst.getFastMathFlags();
  flags.setNoNaNs(false);
  flags.setNoInfs(false);
  inst.copyFastMathFlags(flags);
}

static void makeStrict(llvm::Instruction &inst, halide::Extrema extrema) {
  if (!llvm::isa<llvm::FPMathOperator>(inst))
    return;
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
  bool isAnyOrder =
      call && call->getIntrinsicID() == llvm::Intrinsic::vector_reduce_fadd;
  if (!isAnyOrder)
    fixRounding(inst);
  std::optional<Extremum> extremum = matchExtremum(inst);
  if (extremum && extrema != halide::Extrema::NoNaNs)
    replaceExtremum(inst, *extremum, extrema);
  else if (!extremum && !llvm::isa<llvm::FCmpInst>(inst))
    allowNaNs(inst); // a comparison may be a part of an extremum that follows
}

static void fixArithmetic(llvm::BasicBlock &block, halide::Extrema extrema) {
  for (llvm::Instruction &inst : llvm::make_early_inc_range(block)) {
    auto *op = llvm::dyn_cast<llvm::BinaryOperator>(&inst);
    makeStrict(inst, extrema);
    if (!op || (op->getOpcode() != llvm::Instruction::FAdd &&
                op->getOpcode() != llvm::Instruction::FSub))
      continue;
    if (llvm::Value *fused = fuse(op)) {
      op->replaceAllUsesWith(fused);
      op->eraseFromParent();
    }
  }
}

void fixArithmetic(llvm::Module &module, halide::Extrema extrema) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      fixArithmetic(block, extrema);
}

} // namespace mlir::eke
