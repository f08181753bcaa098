//===- HalideCodegen.cpp - From halide.kernel to bitcode ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/HalideCodegen.h"
#include "codegen/halide/CompileKernel.h"
#include "codegen/halide/DefineCalls.h"
#include "codegen/halide/FixArithmetic.h"
#include "codegen/halide/TranslateKernel.h"
#include "dialects/halide/Expressible.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Triple.h"

namespace mlir::eke {

/// What every kernel is compiled with: nothing that the runtime would have to
/// provide, and no checks of arguments that the compiler made.
static constexpr StringLiteral fixedFeatures =
    "-no_runtime-no_asserts-no_bounds_query";

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

/// Halide takes an output that an update goes on with for one that lies at a multiple of a
/// vector's size. It may be a piece of another tensor: only its elements are aligned. What
/// is no variable of the kernel's own comes from outside.
static void trustNoAlignment(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &inst : block) {
        llvm::Value *pointer = llvm::getLoadStorePointerOperand(&inst);
        if (!pointer || llvm::isa<llvm::AllocaInst, llvm::GlobalValue>(
                            llvm::getUnderlyingObject(pointer)))
          continue;
        llvm::Type *element = llvm::getLoadStoreType(&inst)->getScalarType();
        llvm::Align natural = module.getDataLayout().getABITypeAlign(element);
        if (llvm::getLoadStoreAlignment(&inst) > natural)
          llvm::setLoadStoreAlignment(&inst, natural);
      }
}

/// Halide reads a vector of every second to fourth element by a whole one that is as long,
/// and so a few elements beyond the last that it needs. Of memory that is a variable, LLVM
/// would conclude that this never happens: it gets what else is read.
static void padVariables(llvm::Module &module) {
  constexpr uint64_t kMostBytesBeyond = 64;
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &inst : block) {
        auto *variable = llvm::dyn_cast<llvm::AllocaInst>(&inst);
        auto *type =
            variable
                ? llvm::dyn_cast<llvm::ArrayType>(variable->getAllocatedType())
                : nullptr;
        if (!type)
          continue;
        llvm::Type *element = type->getElementType();
        uint64_t bytes = module.getDataLayout().getTypeAllocSize(element);
        variable->setAllocatedType(llvm::ArrayType::get(
            element, type->getNumElements() +
                         llvm::divideCeil(kMostBytesBeyond, bytes)));
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
  defineCalls(module);
  dropClamping(module, op);
  trustNoAlignment(module);
  padVariables(module);
  fixArithmetic(module, halide::findAccumulatedExtrema(op.getBody().front()));
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

static std::string writeBitcode(const llvm::Module &module) {
  std::string bitcode;
  llvm::raw_string_ostream stream(bitcode);
  llvm::WriteBitcodeToFile(module, stream);
  return bitcode;
}

llvm::Error checkHalideTarget(TargetAttr target) {
  std::string name = target.getHalide().getValue().str();
  auto wrong = [&](const llvm::Twine &expected) {
    return llvm::createStringError("field 'halide_target' is '" + name +
                                   "', expected " + expected);
  };
  auto machine = kernel::findHalideMachine(name);
  if (!machine)
    return wrong("Halide's name of a machine: architecture, bits, system and "
                 "features, such as 'arm-64-linux-arm_dot_prod'");
  llvm::Triple triple(target.getTriple().getValue());
  bool isArm = triple.isAArch64() || triple.isARM() || triple.isThumb();
  int bits = triple.isArch64Bit() ? 64 : 32;
  if (machine->bits != bits || machine->isArm != isArm ||
      machine->isX86 != triple.isX86())
    return wrong(llvm::Twine("one that starts with '") +
                 (isArm ? "arm-" : "x86-") + llvm::Twine(bits) +
                 "-', as the triple '" + triple.str() + "' is");
  return llvm::Error::success();
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
  compiled.bitcode = writeBitcode(**module);
  return compiled;
}

CompiledKernel renameKernel(const CompiledKernel &kernel, StringRef symbol) {
  auto rename = [&](StringRef text) {
    return llvm::join(llvm::split(text, kernel.symbol), symbol);
  };
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = llvm::cantFail(llvm::parseBitcodeFile(
      llvm::MemoryBufferRef(kernel.bitcode, symbol), context));
  module->setModuleIdentifier(symbol);
  module->setSourceFileName(rename(module->getSourceFileName()));
  for (llvm::GlobalValue &value : module->global_values())
    if (value.getName().contains(kernel.symbol))
      value.setName(rename(value.getName()));
  return {symbol.str(), writeBitcode(*module), rename(kernel.statement)};
}

} // namespace mlir::eke
