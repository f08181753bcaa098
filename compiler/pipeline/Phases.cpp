//===- Phases.cpp - The order of the compiler -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Phases.h"

#include "compiler/frontend/mlir/ImportPasses.h"
#include "compiler/pipeline/PhaseChecks.h"
#include "passes/Passes.h"

// Each conversion's own header: mlir/Conversion/Passes.h takes a gigabyte to parse, and
// mlir/Dialect/Linalg/Passes.h brings all transforms of linalg for one pass.
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/Passes.h"

namespace mlir {
#define GEN_PASS_DECL_CONVERTLINALGTOLOOPSPASS
#include "mlir/Dialect/Linalg/Passes.h.inc"
} // namespace mlir

namespace mlir::eke {
namespace {

void buildImportPhase(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createLowerTosaPass());
  pm.addPass(createImportFunctionsPass());
  pm.addPass(createImportGlobalsPass());
}

void buildGraphPhase(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createShareWeightsPass({options.root}));
  pm.addPass(createRerollBlocksPass());
  pm.addPass(createOutlineExitsPass(
      {options.headCost, options.exitHeadCost, options.rowCosts}));
  pm.addPass(createSpecializeRowsPass());
  pm.addPass(createBoundArgumentsPass());
}

void buildFormatPhase(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createAttachStoragesPass());
  pm.addPass(createSpecializeBlocksPass());
  pm.addPass(createChooseFormatsPass({options.root}));
  pm.addPass(createRotateResidualPass({options.root}));
  pm.addPass(createCollectMomentsPass());
  pm.addPass(createAttachMomentsPass());
  pm.addPass(createFuseLinearsPass());
  pm.addPass(createChooseCacheFormatsPass());
  pm.addPass(createPackProductsPass());
}

void buildMemoryPhase(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createStoreConstantsPass());
  pm.addPass(createChooseMemoriesPass());
  pm.addPass(createPlaceWeightsPass());
}

void buildLinalgPhase(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createEkeToLinalgPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void buildPipelinesPhase(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createFormPipelinesPass());
  pm.addPass(createCanonicalizerPass());
}

void buildSchedulesPhase(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createChooseSchedulesPass({options.schedules}));
}

void buildBuffersPhase(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createInlinePipelinesPass({options.plainLoops}));
  pm.addPass(createBufferizePass());
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createPlanArenaPass());
}

void buildKernelsPhase(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createLowerPipelineCallsPass());
}

/// Upstream's pass stops at the first op of math that no library has; this one leaves such
/// ops for the phase's check, which names all.
struct LowerMathToLibm : PassWrapper<LowerMathToLibm, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerMathToLibm)

  StringRef getName() const override { return "LowerMathToLibm"; }

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, func::FuncDialect,
                    vector::VectorDialect>();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathToLibmConversionPatterns(patterns);
    ConversionTarget target(getContext());
    target.addLegalDialect<arith::ArithDialect, BuiltinDialect,
                           func::FuncDialect, vector::VectorDialect>();
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

/// Upstream's passes that take 64 bits for an index unless they are told what it has: they are
/// told what the module's data layout says.
struct LowerScalarsToLLVM
    : PassWrapper<LowerScalarsToLLVM, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerScalarsToLLVM)

  StringRef getName() const override { return "LowerScalarsToLLVM"; }

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect>();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    unsigned bits = DataLayout(module).getTypeSizeInBits(
        IndexType::get(module.getContext()));
    ArithToLLVMConversionPassOptions arith;
    arith.indexBitwidth = bits;
    ConvertControlFlowToLLVMPassOptions controlFlow;
    controlFlow.indexBitwidth = bits;
    ConvertIndexToLLVMPassOptions index;
    index.indexBitwidth = bits;
    OpPassManager passes(ModuleOp::getOperationName());
    passes.addPass(createArithToLLVMConversionPass(arith));
    passes.addPass(createConvertControlFlowToLLVMPass(controlFlow));
    passes.addPass(createConvertIndexToLLVMPass(index));
    if (failed(runPipeline(passes, module)))
      signalPassFailure();
  }
};

/// Expects that code generation has taken the kernels out of the module: these
/// conversions would lower the bodies as well.
void buildLLVMPhase(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createSetDataLayoutPass());
  pm.addPass(createConvertLinalgToLoopsPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(std::make_unique<LowerMathToLibm>());
  pm.addPass(std::make_unique<LowerScalarsToLLVM>());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions convention;
  convention.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(convention));
  pm.addPass(createReconcileUnrealizedCastsPass());
}

/// The order of this table is the order of the compiler.
constexpr Phase phases[] = {
    {"import", "functions of other tools are models, their variables states",
     buildImportPhase},
    {"graph",
     "equal weights and equal blocks exist once, row counts are fixed, "
     "arguments have bounds",
     buildGraphPhase, checkShapes, "memory"},
    {"format",
     "every matrix and every cache has a format, products of the same rows are "
     "one, constant weights are packed",
     buildFormatPhase, checkFormats, "memory"},
    {"memory",
     "large constants are weights, every weight and every state has a place",
     buildMemoryPhase, checkPlaces, "llvm"},
    {"linalg", "models are functions on linalg", buildLinalgPhase, checkLayers,
     "llvm"},
    {"pipelines", "linalg is grouped into halide pipelines",
     buildPipelinesPhase},
    {"schedules", "every pipeline has a schedule", buildSchedulesPhase,
     checkSchedules, "buffers"},
    {"buffers", "every buffer has an offset in the arena", buildBuffersPhase,
     checkBuffers, "llvm"},
    {"kernels", "every pipeline is a kernel and calls of it", buildKernelsPhase,
     checkPipelines, "llvm"},
    {"llvm", "all but the kernels is the LLVM dialect", buildLLVMPhase,
     checkDialects, "llvm"},
};

constexpr bool isPhase(std::string_view name) {
  for (const Phase &phase : phases)
    if (std::string_view(phase.name) == name)
      return true;
  return false;
}

constexpr bool endsAtPhases() {
  for (const Phase &phase : phases)
    if (phase.check && !isPhase(phase.holdsUntil))
      return false;
  return true;
}
static_assert(endsAtPhases(), "a check holds until something that is no phase");

/// Checks a phase between passes.
struct CheckPhasePass : PassWrapper<CheckPhasePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CheckPhasePass)

  explicit CheckPhasePass(const Phase &phase) : phase(&phase) {}

  StringRef getName() const override { return "CheckPhase"; }

  void runOnOperation() override {
    if (failed(checkPhase(getOperation(), *phase)))
      signalPassFailure();
  }

  const Phase *phase;
};

} // namespace

ArrayRef<Phase> getPhases() { return phases; }

const Phase *findPhase(StringRef name) {
  const Phase *found = llvm::find_if(
      phases, [&](const Phase &phase) { return phase.name == name; });
  return found == std::end(phases) ? nullptr : found;
}

LogicalResult checkPhase(ModuleOp module, const Phase &phase) {
  for (const Phase &established : phases) {
    if (&established > &phase)
      break;
    if (!established.check || findPhase(established.holdsUntil) < &phase)
      continue;
    // Which phase it is about is said behind what is wrong.
    ScopedDiagnosticHandler handler(
        module.getContext(), [&](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
            diagnostic << " behind phase '" << established.name << "'";
          return failure(); // goes on to the next handler
        });
    if (failed(established.check(module)))
      return failure();
  }
  return success();
}

void addPhase(OpPassManager &manager, const Phase &phase,
              const PipelineOptions &options) {
  phase.build(manager, options);
  manager.addPass(std::make_unique<CheckPhasePass>(phase));
}

void registerPhases() {
  auto noOptions = [](function_ref<void(const detail::PassOptions &)>) {};
  for (const Phase &phase : phases) {
    registerPassPipeline(("eke-phase-" + phase.name).str(), phase.establishes,
                         [&phase](OpPassManager &pm, StringRef,
                                  function_ref<LogicalResult(const Twine &)>) {
                           addPhase(pm, phase, {});
                           return success();
                         },
                         noOptions);
    registerPassPipeline(("eke-check-" + phase.name).str(),
                         ("Check that " + phase.establishes).str(),
                         [&phase](OpPassManager &pm, StringRef,
                                  function_ref<LogicalResult(const Twine &)>) {
                           pm.addPass(std::make_unique<CheckPhasePass>(phase));
                           return success();
                         },
                         noOptions);
  }
}

} // namespace mlir::eke
