//===- HalideCodegen.cpp - From halide.kernel to bitcode ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/HalideCodegen.h"
#include "codegen/halide/CompileKernel.h"
#include "codegen/halide/FixArithmetic.h"
#include "codegen/halide/TranslateKernel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace mlir::eke {

/// What every kernel is compiled with: nothing that the runtime would have to
/// provide, and no checks of arguments that the compiler made.
static constexpr StringLiteral fixedFeatures =
    "-no_runtime-no_asserts-no_bounds_query";

/// The arguments of the calls of `widen` whose results the chain of insertions
/// that ends at `last` puts into the lanes of a vector, or nothing.
static SmallVector<llvm::Value *> findLanes(llvm::Function *widen,
                                            llvm::InsertElementInst *last) {
  auto *type = llvm::cast<llvm::FixedVectorType>(last->getType());
  SmallVector<llvm::Value *> lanes(type->getNumElements());
  for (auto *insert = last; insert;
       insert =
           llvm::dyn_cast<llvm::InsertElementInst>(insert->getOperand(0))) {
    auto *call = llvm::dyn_cast<llvm::CallInst>(insert->getOperand(1));
    auto *lane = llvm::dyn_cast<llvm::ConstantInt>(insert->getOperand(2));
    if (!call || call->getCalledFunction() != widen || !lane)
      return {};
    lanes[lane->getZExtValue()] = call->getArgOperand(0);
  }
  return llvm::is_contained(lanes, nullptr) ? SmallVector<llvm::Value *>()
                                            : lanes;
}

/// Halide calls the conversion lane by lane. Joins the lanes of each vector into
/// one conversion, which LLVM cannot find again by itself once loads are split.
static void vectorizeWidening(llvm::Function *widen) {
  SmallVector<llvm::InsertElementInst *> ends;
  for (llvm::User *call : widen->users())
    for (llvm::User *user : call->users())
      if (auto *insert = llvm::dyn_cast<llvm::InsertElementInst>(user))
        if (llvm::none_of(insert->users(), [](llvm::User *next) {
              return llvm::isa<llvm::InsertElementInst>(next);
            }))
          ends.push_back(insert);
  for (llvm::InsertElementInst *last : ends) {
    SmallVector<llvm::Value *> lanes = findLanes(widen, last);
    if (lanes.empty())
      continue;
    llvm::IRBuilder<> builder(last);
    auto width = static_cast<unsigned>(lanes.size());
    llvm::Value *bits = llvm::PoisonValue::get(
        llvm::FixedVectorType::get(builder.getInt16Ty(), width));
    for (auto [lane, value] : llvm::enumerate(lanes))
      bits = builder.CreateInsertElement(bits, value, lane);
    llvm::Value *half = builder.CreateBitCast(
        bits, llvm::FixedVectorType::get(builder.getHalfTy(), width));
    last->replaceAllUsesWith(builder.CreateFPExt(half, last->getType()));
  }
}

/// Gives a conversion between f32 and the bits of f16 its body, to be inlined,
/// where LLVM chooses the target's instruction.
static void defineHalfConversion(llvm::Module &module) {
  if (llvm::Function *widen = module.getFunction("eke_f16_to_f32")) {
    vectorizeWidening(widen);
    llvm::IRBuilder<> builder(
        llvm::BasicBlock::Create(module.getContext(), "", widen));
    llvm::Value *half =
        builder.CreateBitCast(widen->getArg(0), builder.getHalfTy());
    builder.CreateRet(builder.CreateFPExt(half, builder.getFloatTy()));
  }
  if (llvm::Function *narrow = module.getFunction("eke_f32_to_f16")) {
    llvm::IRBuilder<> builder(
        llvm::BasicBlock::Create(module.getContext(), "", narrow));
    llvm::Value *half =
        builder.CreateFPTrunc(narrow->getArg(0), builder.getHalfTy());
    builder.CreateRet(builder.CreateBitCast(half, builder.getInt16Ty()));
  }
  for (StringRef name : {"eke_f16_to_f32", "eke_f32_to_f16"})
    if (llvm::Function *function = module.getFunction(name)) {
      function->setLinkage(llvm::GlobalValue::InternalLinkage);
      function->addFnAttr(llvm::Attribute::AlwaysInline);
    }
}

/// Adds without clamping where `op` promises that no sum needs it: that is no
/// slower anywhere, and on x86 has twice the ports.
static void dropClamping(llvm::Module &module, halide::KernelOp op) {
  auto result = op.walk([](halide::SaturatingAddOp sum) {
    return sum.getNsw() ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return;
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &inst : llvm::make_early_inc_range(block)) {
        auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&inst);
        if (!call || call->getIntrinsicID() != llvm::Intrinsic::sadd_sat)
          continue;
        llvm::IRBuilder<> builder(call);
        call->replaceAllUsesWith(
            builder.CreateAdd(call->getArgOperand(0), call->getArgOperand(1)));
        call->eraseFromParent();
      }
}

/// Is this symbol one that a kernel may need from outside?
static bool mayCall(StringRef name) {
  static constexpr StringLiteral known[] = {
      "ceilf", "cosf", "erff", "expf", "halide_do_par_for",
      "logf",  "powf", "sinf", "tanhf"};
  return name.starts_with("llvm.") || llvm::is_contained(known, name);
}

/// Makes Halide's module one that links into any other for the same CPU.
static LogicalResult tidy(llvm::Module &module, halide::KernelOp op) {
  defineHalfConversion(module);
  dropClamping(module, op);
  fixArithmetic(module);
  for (llvm::Function &function : module) {
    for (StringRef attr : {"target-cpu", "target-features", "tune-cpu"})
      function.removeFnAttr(attr);
    if (function.isDeclaration()) {
      if (!function.use_empty() && !mayCall(function.getName()))
        return op.emitOpError("needs '")
               << function.getName()
               << "', which the runtime does not have; is a stage stored that "
                  "could be placed closer to its use?";
    } else if (function.getName() != op.getSymName()) {
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
    }
  }
  for (llvm::GlobalVariable &global : module.globals())
    if (global.hasInitializer())
      global.setLinkage(llvm::GlobalValue::InternalLinkage);
  return success();
}

FailureOr<CompiledKernel> compileKernel(halide::KernelOp op, StringRef target) {
  FailureOr<kernel::Kernel> kernel = translateKernel(op);
  if (failed(kernel))
    return failure();
  kernel::HalideResult result =
      kernel::compileWithHalide(*kernel, (target + fixedFeatures).str());
  if (!result.error.empty())
    return op.emitOpError("Halide: ") << StringRef(result.error).rtrim();

  llvm::LLVMContext context;
  llvm::Expected<std::unique_ptr<llvm::Module>> module = llvm::parseBitcodeFile(
      llvm::MemoryBufferRef(result.bitcode, kernel->symbol), context);
  if (!module)
    return op.emitOpError("Halide's bitcode cannot be read: ")
           << llvm::toString(module.takeError());
  if (failed(tidy(**module, op)))
    return failure();

  CompiledKernel compiled;
  compiled.symbol = kernel->symbol;
  compiled.statement = std::move(result.statement);
  llvm::raw_string_ostream stream(compiled.bitcode);
  llvm::WriteBitcodeToFile(**module, stream);
  return compiled;
}

} // namespace mlir::eke
