//===- Report.cpp - The command `eke report` ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Report.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/report/CompareReports.h"
#include "compiler/report/ReportModel.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "compiler/targets/Targets.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::eke {
namespace {

constexpr StringRef kJSONRole = "the report", kPageRole = "the page";

struct ReportRequest {
  ModelRequest model;
  ReportOptions report;
  /// Those to compare.
  std::vector<std::string> targets, weights;
  /// What the model would have if it had been trained so.
  std::optional<uint32_t> whatIfFold;
  std::string json, page;
  ReportTables tables;
  bool countsCode = true;
};

/// What one target does with weights in one format.
FailureOr<std::vector<EnergyReport>> reportOnce(const ReportRequest &request,
                                                ModelRequest model,
                                                StringRef program) {
  if (failed(report(tryModel(model, program))))
    return failure();
  model.compile.takesPrograms = true;
  auto reports =
      reportModel(model.compile, request.report, request.countsCode, program);
  if (succeeded(reports) && model.compile.whatIfFold)
    for (EnergyReport &each : *reports)
      each.whatIf = "fold=" + std::to_string(*model.compile.whatIfFold);
  return reports;
}

/// Each target that was given with each format; what was not given is left to the module.
/// Behind each the same with what might be.
std::vector<ModelRequest> listRequests(const ReportRequest &request) {
  std::vector<ModelRequest> requests = {request.model};
  if (!request.targets.empty())
    requests.assign(request.targets.size(), request.model);
  for (auto [each, target] : llvm::zip(requests, request.targets))
    each.compile.target = target;
  std::vector<ModelRequest> all;
  for (const ModelRequest &each : requests)
    for (const std::string &weights : request.weights)
      all.emplace_back(each).compile.weights = weights;
  if (request.weights.empty())
    all = std::move(requests);
  if (!request.whatIfFold)
    return all;
  std::vector<ModelRequest> both;
  for (const ModelRequest &each : all) {
    both.push_back(each);
    both.emplace_back(each).compile.whatIfFold = request.whatIfFold;
  }
  return both;
}

void printReports(ArrayRef<EnergyReport> reports, const ReportTables &tables) {
  llvm::raw_ostream &os = llvm::outs();
  for (const EnergyReport &each : reports) {
    if (&each != &reports.front())
      os << '\n';
    printReport(each, tables, os);
  }
  for (const Comparison &comparison : compareReports(reports))
    printComparison(comparison, os);
}

/// Writes a file in one form, if there is to be one.
LogicalResult writeReports(StringRef path, StringRef role,
                           void (*print)(ArrayRef<EnergyReport>,
                                         llvm::raw_ostream &),
                           ArrayRef<EnergyReport> reports) {
  if (path.empty())
    return success();
  std::string text;
  llvm::raw_string_ostream os(text);
  print(reports, os);
  return report(writeOutput(path, role, text));
}

/// Says why not all files can be written, before there is anything to write.
llvm::Error checkOutputs(const ReportRequest &request) {
  if (request.json == "-" && request.page == "-")
    return llvm::createStringError(
        "expected '-' from '--json' or '--html', not from both");
  for (auto [path, role] : {std::pair(StringRef(request.json), kJSONRole),
                            std::pair(StringRef(request.page), kPageRole)})
    if (!path.empty())
      if (llvm::Error error = checkOutput(path, role))
        return error;
  return llvm::Error::success();
}

/// Says why targets or formats cannot be compared.
llvm::Error checkCompared(const ReportRequest &request) {
  llvm::StringMap<StringRef> targets; // what was given, by name
  for (StringRef given : request.targets) {
    llvm::Expected<TargetProfile> profile = findTargetProfile(given);
    if (!profile)
      return profile.takeError();
    auto [other, isNew] = targets.try_emplace(profile->name(), given);
    if (!isNew)
      return llvm::createStringError(
          "option '--target' has '" + other->second + "' and '" + given +
          "', both of which are called '" + profile->name() +
          "'; expected different ones to compare");
  }
  llvm::StringSet<> formats;
  for (StringRef format : request.weights)
    if (!formats.insert(format).second)
      return llvm::createStringError("option '--weights' has '" + format +
                                     "' twice; expected different ones to "
                                     "compare");
  return llvm::Error::success();
}

int reportAll(const ReportRequest &request, StringRef program) {
  std::vector<EnergyReport> reports;
  for (const ModelRequest &model : listRequests(request)) {
    auto more = reportOnce(request, model, program);
    if (failed(more))
      return getExitCode();
    std::move(more->begin(), more->end(), std::back_inserter(reports));
  }
  if (request.json != "-" && request.page != "-")
    printReports(reports, request.tables);
  if (failed(
          writeReports(request.json, kJSONRole, printReportsAsJSON, reports)) ||
      failed(
          writeReports(request.page, kPageRole, printReportsAsPage, reports)))
    return getExitCode();
  return 0;
}

/// `--what-if`: a property of the model that would need training.
Option whatIfOption(std::optional<uint32_t> &fold) {
  auto store = [&fold](StringRef text) {
    uint32_t number = 0;
    if (!text.consume_front("fold=") || text.getAsInteger(10, number) ||
        number < 2)
      return false;
    fold = number;
    return true;
  };
  return {"what-if",
          "fold=N",
          "report as well on the model with all its layers folded by N, as if "
          "it had been trained so",
          "fold=N with a number above 1",
          "",
          store};
}

/// Makes the option `name` take several values, which are compared.
std::vector<Option> takeSeveral(std::vector<Option> options, StringRef name,
                                std::vector<std::string> &values) {
  for (Option &option : options)
    if (option.name == name)
      option = severalOption(std::move(option), values);
  return options;
}

} // namespace

int runReport(ArrayRef<StringRef> args, StringRef program) {
  ReportRequest request;
  Command command{
      "report", "MODEL|PROGRAM",
      "Says what a model reads, writes and multiplies for each "
      "token, or for each call of an\nentry, which memories serve "
      "it, and what that takes by the figures of the target's\n"
      "profile. Nothing is run: energy is modelled. Several targets, or "
      "formats of weights,\nare compared. A program holds what it was made of.",
      &request.model.compile.model};
  command.add(
      {textOption("entry", "NAME",
                  "the entry to report on; NAME/ROWS if there are several; "
                  "without it, decoding a token, or each entry",
                  request.report.entry),
       numberOption("position",
                    "behind so many tokens; half of the context without it", 0,
                    UINT32_MAX, request.report.position),
       choiceOption<bool>(
           "instructions",
           "generate code as well, and count its instructions and cycles",
           {{"on", true}, {"off", false}}, request.countsCode),
       switchOption("layers", "show every layer as well",
                    request.tables.layers),
       switchOption("kernels",
                    "show what every kernel executes, and whether computing or "
                    "a memory bounds it",
                    request.tables.kernels),
       whatIfOption(request.whatIfFold),
       textOption("json", "FILE", "write everything; '-' is standard output",
                  request.json),
       textOption("html", "FILE",
                  "write a page for browsers, with all of that; '-' is "
                  "standard output",
                  request.page)});
  command.add(takeSeveral(listTargetOptions(request.model.compile), "target",
                          request.targets));
  size_t common = command.options.size();
  command.add(
      takeSeveral(listModelOptions(request.model), "weights", request.weights));
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (llvm::Error error = checkModelOptions(request.model))
    return reportFailure(std::move(error));
  if (llvm::Error error =
          checkProgramOptions(ArrayRef(command.options).drop_front(common),
                              request.model.compile.model))
    return reportFailure(std::move(error));
  if (llvm::Error error = checkOutputs(request))
    return reportFailure(std::move(error));
  if (llvm::Error error = checkCompared(request))
    return reportFailure(std::move(error));
  return reportAll(request, program);
}

} // namespace mlir::eke
