//===- DefineCalls.cpp - Functions that kernels call, inlined -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %a = call float @eke_maximum(float %x0, float %y0)
//   %v = insertelement … %a, i64 0                   becomes
//   %b = call float @eke_maximum(float %x1, …)           %v = llvm.maximum(%x, %y)
//   %w = insertelement %v, %b, i64 1
//
// Halide calls lane by lane, and LLVM does not find vectors again once loads are
// split.
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/DefineCalls.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

namespace mlir::eke {

namespace {

/// Builds the operation, on numbers or on vectors of them.
using Builder = llvm::Value *(*)(llvm::IRBuilder<> &, ArrayRef<llvm::Value *>);

struct Call {
  StringRef name;
  Builder build;
};

} // namespace

/// `type`, or a vector of it like `shape` is one.
static llvm::Type *likeShape(llvm::Type *type, llvm::Type *shape) {
  auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(shape);
  return vector ? llvm::FixedVectorType::get(type, vector->getNumElements())
                : type;
}

static llvm::Value *widenHalf(llvm::IRBuilder<> &b,
                              ArrayRef<llvm::Value *> args) {
  llvm::Type *type = args[0]->getType();
  llvm::Value *half = b.CreateBitCast(args[0], likeShape(b.getHalfTy(), type));
  return b.CreateFPExt(half, likeShape(b.getFloatTy(), type));
}

static llvm::Value *narrowToHalf(llvm::IRBuilder<> &b,
                                 ArrayRef<llvm::Value *> args) {
  llvm::Type *type = args[0]->getType();
  llvm::Value *half = b.CreateFPTrunc(args[0], likeShape(b.getHalfTy(), type));
  return b.CreateBitCast(half, likeShape(b.getInt16Ty(), type));
}

template <llvm::Intrinsic::ID intrinsic>
static llvm::Value *binary(llvm::IRBuilder<> &b, ArrayRef<llvm::Value *> args) {
  return b.CreateBinaryIntrinsic(intrinsic, args[0], args[1]);
}

template <llvm::Intrinsic::ID intrinsic>
static llvm::Value *unary(llvm::IRBuilder<> &b, ArrayRef<llvm::Value *> args) {
  return b.CreateUnaryIntrinsic(intrinsic, args[0]);
}

static llvm::Value *same(llvm::IRBuilder<> &, ArrayRef<llvm::Value *> args) {
  return args[0];
}

static constexpr Call calls[] = {
    {"eke_f16_to_f32", widenHalf},
    {"eke_hidden_f32", same},
    {"eke_hidden_i32", same},
    {"eke_f32_to_f16", narrowToHalf},
    {"eke_maximum", binary<llvm::Intrinsic::maximum>},
    {"eke_minimum", binary<llvm::Intrinsic::minimum>},
    {"eke_maxnum", binary<llvm::Intrinsic::maxnum>},
    {"eke_minnum", binary<llvm::Intrinsic::minnum>},
};

/// What Halide has no vectors of on some machines. These are defined as they are.
static constexpr Call intrinsics[] = {
    {"llvm.ceil.f32", unary<llvm::Intrinsic::ceil>},
    {"llvm.floor.f32", unary<llvm::Intrinsic::floor>},
    {"llvm.nearbyint.f32", unary<llvm::Intrinsic::nearbyint>},
    {"llvm.trunc.f32", unary<llvm::Intrinsic::trunc>},
};

/// The calls of `function` whose results the chain of insertions that ends at `last`
/// puts into the lanes of a vector, or nothing.
static SmallVector<llvm::CallInst *> findLanes(llvm::Function *function,
                                               llvm::InsertElementInst *last) {
  auto *type = llvm::cast<llvm::FixedVectorType>(last->getType());
  SmallVector<llvm::CallInst *> lanes(type->getNumElements());
  for (auto *insert = last; insert;
       insert =
           llvm::dyn_cast<llvm::InsertElementInst>(insert->getOperand(0))) {
    auto *call = llvm::dyn_cast<llvm::CallInst>(insert->getOperand(1));
    auto *lane = llvm::dyn_cast<llvm::ConstantInt>(insert->getOperand(2));
    if (!call || call->getCalledFunction() != function || !lane)
      return {};
    llvm::CallInst *&kept = lanes[lane->getZExtValue()];
    if (!kept) // else a later insertion replaces this one
      kept = call;
  }
  return llvm::is_contained(lanes, nullptr) ? SmallVector<llvm::CallInst *>()
                                            : lanes;
}

/// The ends of the chains of insertions that calls of `function` are in.
static SmallVector<llvm::InsertElementInst *>
findChains(llvm::Function *function) {
  SmallVector<llvm::InsertElementInst *> ends;
  for (llvm::User *call : function->users())
    for (llvm::User *user : call->users())
      if (auto *insert = llvm::dyn_cast<llvm::InsertElementInst>(user))
        if (llvm::none_of(insert->users(), [](llvm::User *next) {
              return llvm::isa<llvm::InsertElementInst>(next);
            }))
          ends.push_back(insert);
  return ends;
}

/// Joins the lanes of each vector into one operation. Returns whether there were any.
static bool joinLanes(llvm::Function *function, Builder build) {
  bool joined = false;
  for (llvm::InsertElementInst *last : findChains(function)) {
    SmallVector<llvm::CallInst *> lanes = findLanes(function, last);
    if (lanes.empty() || last->use_empty())
      continue;
    joined = true;
    llvm::IRBuilder<> builder(last);
    SmallVector<llvm::Value *> args;
    for (unsigned i = 0; i < function->arg_size(); ++i) {
      llvm::Value *vector = llvm::PoisonValue::get(
          likeShape(function->getArg(i)->getType(), last->getType()));
      for (auto [lane, call] : llvm::enumerate(lanes))
        vector =
            builder.CreateInsertElement(vector, call->getArgOperand(i), lane);
      args.push_back(vector);
    }
    last->replaceAllUsesWith(build(builder, args));
  }
  return joined;
}

/// Of a call whose arguments are calls, the lanes of those are only put into a vector once
/// its own have been joined.
static void joinAllLanes(llvm::Module &module) {
  bool joined = true;
  while (joined) {
    joined = false;
    for (ArrayRef<Call> table : {ArrayRef(calls), ArrayRef(intrinsics)})
      for (const Call &call : table)
        if (llvm::Function *function = module.getFunction(call.name))
          if (function->isDeclaration())
            joined |= joinLanes(function, call.build);
  }
}

void defineCalls(llvm::Module &module) {
  joinAllLanes(module);
  for (const Call &call : calls) {
    llvm::Function *function = module.getFunction(call.name);
    if (!function || !function->isDeclaration())
      continue;
    llvm::IRBuilder<> builder(
        llvm::BasicBlock::Create(module.getContext(), "", function));
    SmallVector<llvm::Value *> args;
    for (llvm::Argument &arg : function->args())
      args.push_back(&arg);
    builder.CreateRet(call.build(builder, args));
    function->setLinkage(llvm::GlobalValue::InternalLinkage);
    function->addFnAttr(llvm::Attribute::AlwaysInline);
  }
}

} // namespace mlir::eke
