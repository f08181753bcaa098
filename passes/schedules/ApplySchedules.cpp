//===- ApplySchedules.cpp - Schedules from a file -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   module attributes {eke.tuned_for = ["cortex-a76", "i8"]} {
//     halide.schedule ["f.exp"] = [#halide.stage<"exp", unroll(i, 2)>]
//   }
//
// gives every pipeline that is called "f.exp" this schedule.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/ApplySchedules.h"

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/ModuleFile.h"
#include "dialects/halide/HalideDialect.h"
#include "dialects/halide/VerifySchedule.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::eke {

using halide::PipelineOp;
using halide::ScheduleOp;

namespace {

/// Applies the entries of one file.
class Application {
public:
  explicit Application(ModuleOp module) : module(module) {
    module.walk([&](PipelineOp pipeline) {
      if (auto name = pipeline.getKernelName())
        pipelines[*name].push_back(pipeline);
    });
  }

  void checkPurpose(ModuleOp file);
  LogicalResult apply(ScheduleOp entry);

private:
  LogicalResult apply(ScheduleOp entry, PipelineOp pipeline);

  ModuleOp module;
  llvm::StringMap<SmallVector<PipelineOp>> pipelines;
  llvm::StringMap<ScheduleOp> entries;
};

} // namespace

static OwningOpRef<ModuleOp> parseFile(MLIRContext *context, StringRef path) {
  llvm::Expected<OwningOpRef<ModuleOp>> module = parseModuleFile(path, context);
  if (module)
    return std::move(*module);
  emitError(UnknownLoc::get(context)) << llvm::toString(module.takeError());
  return nullptr;
}

/// Says so if the schedules were chosen for something else: they are right there
/// too, but may not be good.
void Application::checkPurpose(ModuleOp file) {
  auto purpose = file->getAttrOfType<ArrayAttr>(kTunedForAttr);
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  auto weights = module->getAttrOfType<StorageAttr>(kWeightsFormatAttr);
  if (!purpose || !target || !weights)
    return;
  auto present =
      ArrayAttr::get(file.getContext(), {target.getName(), weights.getName()});
  if (purpose != present)
    file.emitWarning() << "the schedules were chosen for " << purpose
                       << ", and are used for " << present;
}

LogicalResult Application::apply(ScheduleOp entry) {
  for (StringRef name : entry.getPipelines().getAsValueRange<StringAttr>()) {
    auto [known, isNew] = entries.try_emplace(name, entry);
    if (!isNew) {
      InFlightDiagnostic error = entry.emitError()
                                 << "pipeline \"" << name
                                 << "\" has two schedules, expected one";
      error.attachNote(known->second.getLoc()) << "this is the other";
      return error;
    }
    auto found = pipelines.find(name);
    if (found == pipelines.end())
      return entry.emitError()
             << "no pipeline is called \"" << name
             << "\"; the phase 'pipelines' gives them their names";
    for (PipelineOp pipeline : found->second)
      if (failed(apply(entry, pipeline)))
        return failure();
  }
  return success();
}

LogicalResult Application::apply(ScheduleOp entry, PipelineOp pipeline) {
  ArrayAttr present = pipeline.getScheduleAttr();
  if (present == entry.getScheduleAttr())
    return success();
  if (present) {
    entry.emitWarning() << "pipeline \"" << *pipeline.getKernelName()
                        << "\" keeps the schedule that it has already";
    return success();
  }
  // The error is in the file; which pipeline it is about is not.
  ScopedDiagnosticHandler naming(module.getContext(), [&](Diagnostic &error) {
    error.attachNote(pipeline.getLoc())
        << "in pipeline \"" << *pipeline.getKernelName() << '"';
    return failure();
  });
  if (failed(halide::verifySchedule(entry, pipeline.getBody().front(),
                                    entry.getScheduleAttr())))
    return failure();
  pipeline.setScheduleAttr(entry.getScheduleAttr());
  return success();
}

LogicalResult applySchedules(ModuleOp module, StringRef path) {
  OwningOpRef<ModuleOp> file = parseFile(module.getContext(), path);
  if (!file)
    return failure();
  Application application(module);
  application.checkPurpose(*file);
  for (Operation &op : *file->getBody()) {
    auto entry = dyn_cast<ScheduleOp>(op);
    if (!entry)
      return op.emitError() << "'" << op.getName()
                            << "' in a file of schedules, expected only "
                               "'halide.schedule'";
    if (failed(application.apply(entry)))
      return failure();
  }
  return success();
}

} // namespace mlir::eke
