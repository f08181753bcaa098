//===- TrialCompiler.cpp - One model by many schedules --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/TrialCompiler.h"

#include "compiler/pipeline/LoadModule.h"
#include "compiler/support/Diagnostics.h"

#include "mlir/IR/Diagnostics.h"

namespace mlir::eke {

/// Who measures a program needs its symbols.
static CompileOptions keepSymbols(CompileOptions options) {
  options.keepsSymbols = true;
  return options;
}

TrialCompiler::TrialCompiler(const CompileOptions &options, StringRef program)
    : compilation(keepSymbols(options), program), model(options.model),
      kernels(options.kernels) {
  compilation.setKernelCompiler([this](halide::KernelOp op, StringRef target) {
    return compileOnce(op, target);
  });
}

LogicalResult TrialCompiler::load() {
  llvm::Expected<Dump> none = Dump::create("");
  if (failed(compilation.load()) || !none)
    return failure();
  ModuleOp module = compilation.getModule();
  auto passed = module->getAttrOfType<StringAttr>(kPhaseAttr);
  if (hasBeenThrough(module, "schedules")) {
    printError(model + ": has been through '" + passed.getValue() +
               "', which chose schedules; expected a module of an earlier "
               "phase");
    return failure();
  }
  if (!hasBeenThrough(module, "pipelines") &&
      failed(compilation.runPhases(*none, findPhase("pipelines"))))
    return failure();
  pipelines = compilation.getModule().clone();
  return success();
}

FailureOr<CompiledKernel> TrialCompiler::compileOnce(halide::KernelOp op,
                                                     StringRef target) {
  ScopedDiagnosticHandler silence(op.getContext(),
                                  [](Diagnostic &) { return success(); });
  FailureOr<CompiledKernel> kernel = kernels->compile(op, target);
  if (failed(kernel))
    refused = Refusal{op.getSymName().str(), op.getScheduleAttr()};
  return kernel;
}

LogicalResult TrialCompiler::compile(const ScheduleMap &schedules,
                                     StringRef output,
                                     std::optional<Refusal> &refusal) {
  refused.reset();
  llvm::Expected<Dump> none = Dump::create("");
  if (!none)
    return failure();
  OwningOpRef<ModuleOp> module = pipelines->clone();
  module->walk([&](halide::PipelineOp pipeline) {
    auto name = pipeline.getKernelName();
    ArrayAttr schedule = name ? schedules.lookup(*name) : nullptr;
    if (schedule && !pipeline.getSchedule())
      pipeline.setScheduleAttr(schedule);
  });
  compilation.setModule(std::move(module));
  compilation.setOutput(output);
  LogicalResult result = compilation.runPhases(*none, nullptr);
  refusal = refused;
  return failed(result) ? failure() : compilation.emit();
}

} // namespace mlir::eke
