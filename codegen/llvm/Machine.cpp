//===- Machine.cpp - LLVM IR to machine code ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Machine.h"

#include "codegen/llvm/Analyses.h"
#include "codegen/llvm/ByteProducts.h"
#include "codegen/llvm/DoubleExtrema.h"
#include "codegen/llvm/MatrixProducts.h"
#include "codegen/llvm/NeonArithmetic.h"
#include "codegen/llvm/PrefetchStreams.h"
#include "codegen/llvm/SequenceSums.h"
#include "codegen/llvm/ShortExtrema.h"
#include "codegen/llvm/VerifyRewrites.h"

#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Vectorize/LoadStoreVectorizer.h"

namespace mlir::eke {

void initializeBackEnds() {
  static const bool done = [] {
    LLVMInitializeARMTargetInfo();
    LLVMInitializeARMTarget();
    LLVMInitializeARMTargetMC();
    LLVMInitializeARMAsmPrinter();
    LLVMInitializeARMAsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
    LLVMInitializeARMTargetInfo();
    LLVMInitializeARMTarget();
    LLVMInitializeARMTargetMC();
    LLVMInitializeARMAsmPrinter();
    LLVMInitializeARMAsmParser();
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    return true;
  }();
  (void)done;
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createMachine(TargetAttr target) {
  initializeBackEnds();
  // In full, "x86_64-unknown-linux-gnu": LLVM looks for the system in its third part.
  llvm::Triple triple(llvm::Triple::normalize(target.getTriple().getValue()));
  StringRef cpu = target.getCpu(), features = target.getFeatures();
  std::string error;
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return llvm::createStringError(
        "target '%s': %s", target.getName().str().c_str(), error.c_str());
  // LLVM only warns about a CPU it does not know.
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      llvmTarget->createMCSubtargetInfo(triple, "", ""));
  if (!subtarget->isCPUStringValid(cpu))
    return llvm::createStringError("target '%s': LLVM knows no CPU '%s'",
                                   target.getName().str().c_str(),
                                   cpu.str().c_str());
  llvm::TargetOptions options;
  options.FunctionSections = true;
  options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(llvmTarget->createTargetMachine(
      triple, cpu, features, options,
      target.isBareMetal() ? llvm::Reloc::Static : llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Aggressive));
}

/// The CPU and the features that all of the triple's architecture have.
static std::pair<StringRef, StringRef> getAnyCpu(const llvm::Triple &triple) {
  if (triple.isX86_64())
    return {"x86-64", ""};
  // LLVM takes NEON for a part of Armv7.
  return {"generic", triple.isARM() ? "-neon,-d32" : ""};
}

void retarget(llvm::Module &module, const llvm::TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  auto [anyCpu, anyFeatures] = getAnyCpu(machine.getTargetTriple());
  for (llvm::Function &function : module) {
    for (StringRef attribute :
         {"target-cpu", "target-features", "tune-cpu", "reciprocal-estimates"})
      function.removeFnAttr(attribute);
    if (function.isDeclaration())
      continue;
    bool isForAnyCpu = function.hasFnAttribute(kAnyCpuAttr);
    function.addFnAttr("target-cpu",
                       isForAnyCpu ? anyCpu : machine.getTargetCPU());
    llvm::SubtargetFeatures features(
        isForAnyCpu ? anyFeatures : machine.getTargetFeatureString());
    // What has to be small, the runtime, is in the shorter encoding of 32-bit Arm.
    if (machine.getTargetTriple().isARM() && function.hasOptSize())
      features.AddFeature("thumb-mode");
    function.addFnAttr("target-features", features.getString());
    function.removeFnAttr(llvm::Attribute::UWTable);
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

void internalize(llvm::Module &module,
                 llvm::function_ref<bool(const llvm::GlobalValue &)> isPublic) {
  llvm::internalizeModule(
      module, [&](const llvm::GlobalValue &value) { return isPublic(value); });
}

/// Neighbouring small loads become one, of which each user takes its lanes: the
/// operand of a product by a lane (sdot), or of one conversion of many f16.
static void joinLoads(llvm::ModulePassManager &passes, llvm::OptimizationLevel,
                      llvm::ThinOrFullLTOPhase) {
  llvm::FunctionPassManager functionPasses;
  functionPasses.addPass(llvm::LoadStoreVectorizerPass());
  functionPasses.addPass(llvm::InstCombinePass());
  passes.addPass(
      llvm::createModuleToFunctionPassAdaptor(std::move(functionPasses)));
}

/// Products of several rows become products of matrices; what they replace goes.
static void pairRows(llvm::ModulePassManager &passes, llvm::OptimizationLevel,
                     llvm::ThinOrFullLTOPhase) {
  llvm::FunctionPassManager functionPasses;
  functionPasses.addPass(MatrixProductsPass());
  functionPasses.addPass(llvm::ADCEPass());
  functionPasses.addPass(llvm::InstCombinePass());
  passes.addPass(
      llvm::createModuleToFunctionPassAdaptor(std::move(functionPasses)));
}

/// Products of bytes become several at a time; what they replace goes.
static void joinBytes(llvm::ModulePassManager &passes, bool hasMve) {
  llvm::FunctionPassManager functionPasses;
  functionPasses.addPass(ByteProductsPass(hasMve));
  functionPasses.addPass(llvm::ADCEPass());
  functionPasses.addPass(llvm::InstCombinePass());
  passes.addPass(
      llvm::createModuleToFunctionPassAdaptor(std::move(functionPasses)));
}

int64_t getPrefetchDistance(TargetAttr target, int64_t imageBytes) {
  bool isCached =
      !target.getCaches().empty() && imageBytes <= target.getCaches().back();
  return isCached ? 0 : target.getPrefetch();
}

llvm::Error verify(const llvm::Module &module, llvm::StringRef whose) {
  std::string problem;
  llvm::raw_string_ostream os(problem);
  if (!llvm::verifyModule(module, &os))
    return llvm::Error::success();
  return llvm::createStringError(whose + ": " +
                                 llvm::StringRef(problem).split('\n').first);
}

llvm::Error optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     int64_t prefetchDistance) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  tuning.LoopInterleaving = false;
  llvm::PassInstrumentationCallbacks callbacks;
  RewriteVerifier rewrites(callbacks);
  llvm::PassBuilder builder(&machine, tuning, /*PGOOpt=*/std::nullopt,
                            &callbacks);
  Analyses analyses(builder);
  builder.registerVectorizerStartEPCallback(
      [](llvm::FunctionPassManager &passes, llvm::OptimizationLevel) {
        passes.addPass(ShortExtremaPass());
      });
  builder.registerOptimizerLastEPCallback(joinLoads);
  if (machine.getTargetTriple().isAArch64() &&
      machine.getMCSubtargetInfo()->checkFeatures("+i8mm"))
    builder.registerOptimizerLastEPCallback(pairRows);
  if (machine.getTargetTriple().isAArch64())
    builder.registerOptimizerLastEPCallback([](llvm::ModulePassManager &passes,
                                               llvm::OptimizationLevel,
                                               llvm::ThinOrFullLTOPhase) {
      passes.addPass(
          llvm::createModuleToFunctionPassAdaptor(SequenceSumsPass()));
    });
  if (machine.getTargetTriple().isThumb() &&
      machine.getMCSubtargetInfo()->checkFeatures("+dsp"))
    builder.registerOptimizerLastEPCallback([&](llvm::ModulePassManager &passes,
                                                llvm::OptimizationLevel,
                                                llvm::ThinOrFullLTOPhase) {
      joinBytes(passes, machine.getMCSubtargetInfo()->checkFeatures("+mve"));
    });
  if (machine.getTargetTriple().isARM())
    builder.registerOptimizerLastEPCallback([&](llvm::ModulePassManager &passes,
                                                llvm::OptimizationLevel,
                                                llvm::ThinOrFullLTOPhase) {
      const llvm::MCSubtargetInfo &cpu = *machine.getMCSubtargetInfo();
      passes.addPass(llvm::createModuleToFunctionPassAdaptor(NeonArithmeticPass(
          cpu.checkFeatures("+vfp4"), cpu.checkFeatures("+fp16"))));
    });
  if (machine.getTargetTriple().isARM() || machine.getTargetTriple().isThumb())
    builder.registerOptimizerLastEPCallback([](llvm::ModulePassManager &passes,
                                               llvm::OptimizationLevel,
                                               llvm::ThinOrFullLTOPhase) {
      passes.addPass(
          llvm::createModuleToFunctionPassAdaptor(DoubleExtremaPass()));
    });
  if (prefetchDistance != 0)
    builder.registerOptimizerLastEPCallback([=](llvm::ModulePassManager &passes,
                                                llvm::OptimizationLevel,
                                                llvm::ThinOrFullLTOPhase) {
      passes.addPass(llvm::createModuleToFunctionPassAdaptor(
          PrefetchStreamsPass(prefetchDistance)));
    });
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, analyses.modules);
  if (llvm::Error error = rewrites.takeError())
    return error;
  return verify(module, "the optimised code is not valid");
}

/// As TargetMachine::addPassesToEmitFile, which has no place for a pass in front of the one
/// that writes.
static bool addPasses(llvm::legacy::PassManager &passes,
                      llvm::TargetMachine &machine, llvm::CodeGenFileType type,
                      llvm::raw_pwrite_stream &os, StackFrames &frames) {
  llvm::TargetPassConfig *config = machine.createPassConfig(passes);
  passes.add(config);
  auto *info = new llvm::MachineModuleInfoWrapperPass(&machine);
  passes.add(info);
  if (config->addISelPasses())
    return true;
  config->addMachinePasses();
  config->setInitialized();
  passes.add(createStackFramesPass(frames));
  if (machine.addAsmPrinter(passes, os, /*DwoOut=*/nullptr, type,
                            info->getMMI().getContext()))
    return true;
  passes.add(llvm::createFreeMachineFunctionPass());
  return false;
}

llvm::Error emitMachineCode(llvm::Module &module, llvm::TargetMachine &machine,
                            llvm::CodeGenFileType type,
                            llvm::raw_pwrite_stream &os, StackFrames *frames) {
  llvm::legacy::PassManager passes;
  if (frames
          ? addPasses(passes, machine, type, os, *frames)
          : machine.addPassesToEmitFile(passes, os, /*DwoOut=*/nullptr, type))
    return llvm::createStringError("LLVM's back end cannot write this file");
  passes.run(module);
  return llvm::Error::success();
}

} // namespace mlir::eke
