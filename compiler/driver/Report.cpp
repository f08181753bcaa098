//===- Report.cpp - The command `eke report` ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Report.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/pipeline/Dump.h"
#include "compiler/report/EnergyReport.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"

namespace mlir::eke {
namespace {

struct ReportRequest {
  ModelRequest model;
  ReportOptions report;
  std::string json;
  bool showsLayers = false, countsCode = true;
};

/// Brings the model to where weights have their formats and places.
LogicalResult prepare(Compilation &compilation, StringRef name) {
  llvm::Expected<Dump> none = Dump::create("");
  if (!none)
    return report(none.takeError());
  if (failed(compilation.load()))
    return failure();
  if (hasBeenThrough(compilation.getModule(), "linalg"))
    return report(llvm::createStringError(
        name + ": its models are functions on linalg already; expected a "
               "module of an earlier phase"));
  if (hasBeenThrough(compilation.getModule(), "memory"))
    return success();
  return compilation.runPhases(*none, findPhase("memory"));
}

/// Generates code, if there is any for the target, and counts its instructions.
LogicalResult countCode(Compilation &compilation, const ReportRequest &request,
                        MutableArrayRef<EnergyReport> reports) {
  auto target = compilation.getModule()->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target.hasCode() || !request.countsCode)
    return success();
  auto counts = compilation.countInstructions(
      reports.empty() ? 0 : reports.front().position.value_or(0));
  if (failed(counts))
    return failure();
  for (const InstructionCounts &entry : *counts)
    addInstructions(reports, entry.name + "/" + std::to_string(entry.rows),
                    entry.counts);
  return success();
}

int reportModel(ReportRequest request, StringRef program) {
  if (llvm::Error error = tryModel(request.model, program))
    return reportFailure(std::move(error));
  CompileOptions &options = request.model.compile;
  options.kind = OutputKind::Module; // of any target
  Compilation compilation(options, program);
  if (failed(prepare(compilation, options.model)))
    return getExitCode();
  auto reports = reportEnergy(compilation.getModule(), request.report);
  if (!reports)
    return reportFailure(reports.takeError());
  if (failed(countCode(compilation, request, *reports)))
    return getExitCode();
  if (request.json != "-")
    for (const EnergyReport &each : *reports) {
      if (&each != &reports->front())
        llvm::outs() << '\n';
      printReport(each, request.showsLayers, llvm::outs());
    }
  if (request.json.empty())
    return 0;
  std::string text;
  llvm::raw_string_ostream os(text);
  printReportsAsJSON(*reports, os);
  if (llvm::Error error = writeOutput(request.json, "the report", text))
    return reportFailure(std::move(error));
  return 0;
}

} // namespace

int runReport(ArrayRef<StringRef> args, StringRef program) {
  ReportRequest request;
  Command command{"report", "MODEL",
                  "Says what a model reads, writes and multiplies for each "
                  "token, or for each call of an\nentry, which memories serve "
                  "it, and what that takes by the figures of the target's\n"
                  "profile. Nothing is run: energy is modelled.",
                  &request.model.compile.model};
  command.add(
      {textOption("entry", "NAME",
                  "the entry to report on; NAME/ROWS if there are several; "
                  "without it, decoding a token, or each entry",
                  request.report.entry),
       numberOption("position",
                    "behind so many tokens; half of the context without it", 0,
                    UINT32_MAX, request.report.position),
       choiceOption<bool>("instructions",
                          "generate code as well, and count its instructions",
                          {{"on", true}, {"off", false}}, request.countsCode),
       switchOption("layers", "show every layer as well", request.showsLayers),
       textOption("json", "FILE", "write everything; '-' is standard output",
                  request.json)});
  command.add(listTargetOptions(request.model.compile));
  command.add(listModelOptions(request.model));
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (llvm::Error error = checkModelOptions(request.model))
    return reportFailure(std::move(error));
  return reportModel(std::move(request), program);
}

} // namespace mlir::eke
