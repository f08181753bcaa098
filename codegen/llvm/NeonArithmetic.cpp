//===- NeonArithmetic.cpp - What LLVM takes apart on Armv7 ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   fmuladd(a, b, c)               becomes     fma(a, b, c)
//   shuffle (load %p), (load %p + 4)           load <4 x i16> %p
//   fpext <4 x half> %h                        vcvthf2fp(%h)
//   fptrunc <4 x float> %x                     vcvtfp2hf(%x)
//   roundeven(<4 x float> %x)                  sign(%x) | ((|%x| + 2^23) - 2^23)
//   maxnum(%x, %y)                             %x or %y if the other is NaN, or maximum(%x, %y)
//   maximum(f64 %x, %y)                        %x > %y ? %x : %y, but of NaN and zeros
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/NeonArithmetic.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Analysis/VectorUtils.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsARM.h"

namespace mlir::eke {

using llvm::IRBuilder;
using llvm::Value;

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

/// Does nothing write to memory between two loads of a block?
static bool areTogether(llvm::LoadInst &one, llvm::LoadInst &other) {
  if (one.getParent() != other.getParent())
    return false;
  bool isFirst = one.comesBefore(&other);
  auto from = (isFirst ? one : other).getIterator(),
       to = (isFirst ? other : one).getIterator();
  return std::none_of(from, to, [](const llvm::Instruction &inst) {
    return inst.mayWriteToMemory();
  });
}

/// How many bytes `b` lies behind `a`, if that is known.
static std::optional<int64_t> getDistance(Value *a, Value *b,
                                          const llvm::DataLayout &layout) {
  llvm::APInt offsets[2];
  Value *bases[2] = {a, b};
  for (auto [base, offset] : llvm::zip(bases, offsets)) {
    offset = llvm::APInt(layout.getIndexTypeSizeInBits(base->getType()), 0);
    base = base->stripAndAccumulateConstantOffsets(layout, offset,
                                                   /*AllowNonInbounds=*/true);
  }
  if (bases[0] != bases[1])
    return std::nullopt;
  return (offsets[1] - offsets[0]).getSExtValue();
}

/// The two loads whose results `shuffle` puts side by side as one, if they are of
/// neighbours. NEON loads vectors of any alignment, which LLVM does not believe.
static Value *joinLoads(llvm::ShuffleVectorInst &shuffle) {
  auto *low = llvm::dyn_cast<llvm::LoadInst>(shuffle.getOperand(0));
  auto *high = llvm::dyn_cast<llvm::LoadInst>(shuffle.getOperand(1));
  if (!low || !high || !shuffle.isConcat() || !low->isSimple() ||
      !high->isSimple() || !areTogether(*low, *high))
    return nullptr;
  const llvm::DataLayout &layout = shuffle.getDataLayout();
  constexpr unsigned register64 =
      8; // bytes of what becomes a half of a register
  uint64_t bytes = layout.getTypeStoreSize(low->getType());
  if (bytes > register64 ||
      getDistance(low->getPointerOperand(), high->getPointerOperand(),
                  layout) != int64_t(bytes))
    return nullptr;
  IRBuilder<> b(low->comesBefore(high) ? high : low);
  return b.CreateAlignedLoad(shuffle.getType(), low->getPointerOperand(),
                             low->getAlign());
}

//===----------------------------------------------------------------------===//
// Half precision
//===----------------------------------------------------------------------===//

/// What one instruction converts.
static constexpr unsigned kHalves = 4;

/// `vector` in parts of four, each by `convert`, as one vector again.
static Value *convertInParts(IRBuilder<> &b, Value *vector, unsigned lanes,
                             llvm::function_ref<Value *(Value *)> convert) {
  llvm::SmallVector<Value *> parts;
  for (unsigned first = 0; first < lanes; first += kHalves) {
    auto range = llvm::to_vector(llvm::seq<int>(first, first + kHalves));
    parts.push_back(convert(b.CreateShuffleVector(vector, range)));
  }
  return llvm::concatenateVectors(b, parts);
}

/// The conversion `cast` by instructions that convert vectors; null if it is none of
/// vectors of f16 that fill them.
static Value *convertHalves(llvm::CastInst &cast) {
  auto *from = llvm::dyn_cast<llvm::FixedVectorType>(cast.getSrcTy());
  auto *to = llvm::dyn_cast<llvm::FixedVectorType>(cast.getDestTy());
  if (!from || !to || !llvm::isPowerOf2_32(from->getNumElements()) ||
      from->getNumElements() < kHalves)
    return nullptr;
  IRBuilder<> b(&cast);
  unsigned lanes = from->getNumElements();
  auto *bits = llvm::FixedVectorType::get(b.getInt16Ty(), lanes);
  bool widens = llvm::isa<llvm::FPExtInst>(cast);
  llvm::Type *half = (widens ? from : to)->getElementType();
  llvm::Type *single = (widens ? to : from)->getElementType();
  if (!half->isHalfTy() || !single->isFloatTy())
    return nullptr;
  auto id = widens ? llvm::Intrinsic::arm_neon_vcvthf2fp
                   : llvm::Intrinsic::arm_neon_vcvtfp2hf;
  Value *source = cast.getOperand(0);
  Value *result = convertInParts(
      b, widens ? b.CreateBitCast(source, bits) : source, lanes,
      [&](Value *part) { return b.CreateIntrinsic(id, {part}); });
  return widens ? result : b.CreateBitCast(result, to);
}

//===----------------------------------------------------------------------===//
// Rounding to integers
//===----------------------------------------------------------------------===//

/// The integer numbers that `id` makes of the vector `x` of f32, or null if it is
/// another operation. From 2^23 on all numbers are integers; below, adding that leaves
/// no bits for a fraction.
static Value *roundVector(IRBuilder<> &b, llvm::Intrinsic::ID id, Value *x) {
  namespace Intrinsic = llvm::Intrinsic;
  llvm::Type *type = x->getType();
  auto *intType =
      llvm::VectorType::getInteger(llvm::cast<llvm::VectorType>(type));
  auto number = [&](double value) {
    return llvm::ConstantFP::get(type, value);
  };
  Value *limit = number(1 << 23), *one = number(1), *zero = number(0);
  Value *size = b.CreateUnaryIntrinsic(Intrinsic::fabs, x);
  Value *bits = b.CreateBitCast(x, intType);
  Value *sign = b.CreateAnd(bits, llvm::ConstantInt::get(intType, 1u << 31));
  auto withSign = [&](Value *value) {
    return b.CreateBitCast(b.CreateOr(b.CreateBitCast(value, intType), sign),
                           type);
  };
  // To the nearest, of two to the even one.
  Value *near = b.CreateFSub(b.CreateFAdd(size, limit), limit);
  auto step = [&](Value *isWrong) {
    return b.CreateSelect(isWrong, one, zero);
  };
  Value *result;
  switch (id) {
  case Intrinsic::nearbyint:
  case Intrinsic::rint:
  case Intrinsic::roundeven:
    result = near;
    break;
  case Intrinsic::trunc:
    result = b.CreateFSub(near, step(b.CreateFCmpOGT(near, size)));
    break;
  case Intrinsic::floor: {
    Value *whole = withSign(near);
    result = b.CreateFSub(whole, step(b.CreateFCmpOGT(whole, x)));
    break;
  }
  case Intrinsic::ceil: {
    Value *whole = withSign(near);
    result = b.CreateFAdd(whole, step(b.CreateFCmpOLT(whole, x)));
    break;
  }
  default:
    return nullptr;
  }
  // The sign also of zero; NaN is not below the limit.
  return b.CreateSelect(b.CreateFCmpOLT(size, limit), withSign(result), x);
}

static bool isRounding(llvm::Intrinsic::ID id) {
  namespace Intrinsic = llvm::Intrinsic;
  return llvm::is_contained<llvm::Intrinsic::ID>(
      {Intrinsic::ceil, Intrinsic::floor, Intrinsic::nearbyint, Intrinsic::rint,
       Intrinsic::roundeven, Intrinsic::trunc},
      id);
}

//===----------------------------------------------------------------------===//
// The larger of two numbers, and NaN
//===----------------------------------------------------------------------===//

/// The larger or smaller of two numbers, or the other one if one is NaN; null if `call`
/// computes something else. NEON's own gives NaN.
static Value *takeNumber(IRBuilder<> &b, llvm::IntrinsicInst &call) {
  bool isMax = call.getIntrinsicID() == llvm::Intrinsic::maxnum;
  if (!isMax && call.getIntrinsicID() != llvm::Intrinsic::minnum)
    return nullptr;
  Value *x = call.getArgOperand(0), *y = call.getArgOperand(1);
  Value *both = b.CreateBinaryIntrinsic(
      isMax ? llvm::Intrinsic::maximum : llvm::Intrinsic::minimum, x, y);
  Value *orX = b.CreateSelect(b.CreateFCmpUNO(y, y), x, both);
  return b.CreateSelect(b.CreateFCmpUNO(x, x), y, orX);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// What computes the same as `call`, or null if it stays.
static Value *replaceCall(llvm::IntrinsicInst &call, bool fuses) {
  IRBuilder<> b(&call);
  llvm::Type *type = call.getType();
  if (call.getIntrinsicID() == llvm::Intrinsic::fmuladd && fuses)
    return b.CreateIntrinsic(
        llvm::Intrinsic::fma, {type},
        {call.getArgOperand(0), call.getArgOperand(1), call.getArgOperand(2)},
        &call);
  if (!type->getScalarType()->isFloatTy())
    return nullptr;
  if (isRounding(call.getIntrinsicID()) &&
      llvm::isa<llvm::FixedVectorType>(type))
    return roundVector(b, call.getIntrinsicID(), call.getArgOperand(0));
  return takeNumber(b, call);
}

llvm::PreservedAnalyses
NeonArithmeticPass::run(llvm::Function &function,
                        llvm::FunctionAnalysisManager &) {
  bool changed = false;
  for (llvm::BasicBlock &block : function)
    for (llvm::Instruction &inst : llvm::make_early_inc_range(block)) {
      Value *value = nullptr;
      if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst))
        value = replaceCall(*call, fuses);
      else if (auto *shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&inst))
        value = joinLoads(*shuffle);
      else if (convertsHalves &&
               llvm::isa<llvm::FPExtInst, llvm::FPTruncInst>(inst))
        value = convertHalves(llvm::cast<llvm::CastInst>(inst));
      if (!value)
        continue;
      inst.replaceAllUsesWith(value);
      inst.eraseFromParent();
      changed = true;
    }
  return changed ? llvm::PreservedAnalyses::none()
                 : llvm::PreservedAnalyses::all();
}

} // namespace mlir::eke
