//===- ReportModel.cpp - From a model to its reports ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/ReportModel.h"

#include "compiler/pipeline/Dump.h"
#include "compiler/support/Diagnostics.h"

namespace mlir::eke {

/// Fails if there is no such position in the caches of a language model.
static llvm::Error checkPosition(ModuleOp module, StringRef name,
                                 std::optional<uint32_t> position) {
  auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr);
  if (!position || !language || *position < language.getContextLength())
    return llvm::Error::success();
  return llvm::createStringError(name + ": option '--position' is " +
                                 llvm::Twine(*position) +
                                 ", expected less than the context, which is " +
                                 llvm::Twine(language.getContextLength()));
}

/// Brings the model to where weights have their formats and places.
static LogicalResult prepare(Compilation &compilation, StringRef name,
                             std::optional<uint32_t> position) {
  llvm::Expected<Dump> none = Dump::create("");
  if (!none)
    return report(none.takeError());
  if (failed(compilation.load()) ||
      failed(report(checkPosition(compilation.getModule(), name, position))))
    return failure();
  if (hasBeenThrough(compilation.getModule(), "linalg"))
    return report(llvm::createStringError(
        name + ": its models are functions on linalg already; expected a "
               "module of an earlier phase"));
  if (hasBeenThrough(compilation.getModule(), "memory"))
    return success();
  return compilation.runPhases(*none, findPhase("memory"));
}

/// Goes on to where buffers have their places, and if there is code for the target generates
/// it, and counts its instructions.
static LogicalResult countCode(Compilation &compilation, bool countsCode,
                               MutableArrayRef<EnergyReport> reports) {
  auto target = compilation.getModule()->getAttrOfType<TargetAttr>(kTargetAttr);
  bool hasCode = target.hasCode() && countsCode;
  if (!hasCode)
    addTime(reports, target);
  if (!countsCode)
    return success();
  llvm::Expected<Dump> none = Dump::create("");
  if (!none)
    return report(none.takeError());
  const Phase *buffers = findPhase("buffers");
  compilation.setObserver([=, &compilation](const Phase &phase) {
    if (&phase == buffers)
      addArenas(reports, compilation.getModule());
  });
  if (failed(compilation.runPhases(*none,
                                   hasCode ? findPhase("pipelines") : buffers)))
    return failure();
  if (!hasCode)
    return success();
  std::vector<PipelineLayers> pipelines =
      listPipelineLayers(compilation.getModule());
  auto counts = compilation.countInstructions(
      reports.empty() ? 0 : reports.front().position.value_or(0));
  if (failed(counts))
    return failure();
  addCode(reports, target, *counts, pipelines);
  return success();
}

FailureOr<std::vector<EnergyReport>> reportModel(CompileOptions options,
                                                 const ReportOptions &report,
                                                 bool countsCode,
                                                 StringRef program) {
  std::string name = options.model;
  options.kind = OutputKind::Module; // of any target
  Compilation compilation(std::move(options), program);
  if (failed(prepare(compilation, name, report.position)))
    return failure();
  auto reports = reportEnergy(compilation.getModule(), report);
  if (!reports)
    return eke::report(reports.takeError());
  if (failed(countCode(compilation, countsCode, *reports)))
    return failure();
  addExitSavings(*reports);
  return std::move(*reports);
}

} // namespace mlir::eke
