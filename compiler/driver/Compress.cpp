//===- Compress.cpp - The command `eke compress` --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Compress.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/search/Compressor.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"

#include <cmath>

using llvm::createStringError;

namespace mlir::eke {
namespace {

using Budget = CompressionBudget;

/// A unit of what a budget limits.
struct BudgetUnit {
  Budget::Kind kind;
  StringRef name;
  double size;
  bool isPart = false;
};

constexpr BudgetUnit budgetUnits[] = {
    {Budget::Quality, "%", 0.01, true}, {Budget::Energy, "%", 0.01, true},
    {Budget::Energy, "nJ", 1e3},        {Budget::Energy, "uJ", 1e6},
    {Budget::Energy, "mJ", 1e9},        {Budget::Energy, "J", 1e12},
    {Budget::Bytes, "%", 0.01, true},   {Budget::Bytes, "kB", 1e3},
    {Budget::Bytes, "MB", 1e6},         {Budget::Bytes, "", 1},
};

/// Reads `quality=1%`.
bool readBudget(StringRef text, Budget &budget) {
  constexpr std::pair<StringRef, Budget::Kind> kinds[] = {
      {"quality", Budget::Quality},
      {"energy", Budget::Energy},
      {"bytes", Budget::Bytes}};
  auto [name, amount] = text.split('=');
  for (auto [each, kind] : kinds)
    for (const BudgetUnit &unit : budgetUnits) {
      StringRef number = amount;
      double limit = 0;
      if (each != name || unit.kind != kind ||
          !number.consume_back(unit.name) || number.getAsDouble(limit) ||
          !(limit > 0) || !std::isfinite(limit))
        continue;
      budget = {kind, limit * unit.size, unit.isPart};
      return true;
    }
  return false;
}

Option budgetOption(Budget &budget) {
  return {
      "budget",
      "quality=P%|energy=E|bytes=B",
      "what may be added to the perplexity of the text's last quarter, with "
      "the least energy; or the energy or the bytes of weights that may be "
      "taken, as 0.8mJ, 2.5MB or a part of what the model takes in i8, with "
      "the least loss",
      "quality=1%, energy=0.8mJ, energy=60%, bytes=2.5MB or the like",
      "quality=1%",
      [&budget](StringRef text) { return readBudget(text, budget); }};
}

Option shardOption(CompressOptions &options) {
  auto store = [&options](StringRef text) {
    auto [number, count] = text.split('/');
    return !number.getAsInteger(10, options.shard) &&
           !count.getAsInteger(10, options.shards) && options.shard > 0 &&
           options.shard <= options.shards;
  };
  return {"shard",
          "I/N",
          "measure only part I of N of what matrices lose; the command without "
          "it reads what all parts have found",
          "a number from 1, and of how many, as 2/8",
          "",
          store};
}

llvm::Error check(const CompressOptions &options, const ModelRequest &model) {
  if (llvm::Error error = checkModelOptions(model))
    return error;
  if (model.searchesExit)
    return createStringError(
        "option '--exit=auto' is for 'eke compile'; expected the run of a "
        "block, or none");
  if (options.compile.calibration.empty())
    return createStringError(
        "expected '--calibrate=FILE', a text that losses are measured on");
  for (auto [path, role] :
       {std::pair(StringRef(options.output), StringRef("the plan")),
        std::pair(StringRef(options.pareto), StringRef("the curve")),
        std::pair(StringRef(options.plot), StringRef("the plot"))})
    if (!path.empty())
      if (llvm::Error error = checkOutput(path, role))
        return error;
  return llvm::Error::success();
}

} // namespace

int runCompress(ArrayRef<StringRef> args, StringRef program) {
  CompressOptions options;
  ModelRequest model;
  Command command{
      "compress", "MODEL",
      "Chooses a format for every matrix of a language model: what each loses "
      "is measured on\nthis machine, what it takes follows from the energy "
      "model of the target. Writes a\nplan for 'eke compile --formats=FILE'.",
      &model.compile.model};
  options.output = "-";
  options.candidates = {"f16", "i8", "i8g", "i4", "i4m"};
  command.add({textOption("o", "FILE", "the plan; '-' is standard output",
                          options.output),
               budgetOption(options.budget)});
  std::optional<StringRef> candidate; // each in turn
  command.add({severalOption(choiceOption("candidates",
                                          "the formats to choose from "
                                          "(default: f16,i8,i8g,i4,i4m)",
                                          listFormats(), candidate),
                             options.candidates)});
  command.add(
      {textOption("pareto", "FILE",
                  "plans from the least loss to the least energy, as JSON",
                  options.pareto),
       textOption("plot", "FILE", "these as a picture, SVG", options.plot),
       textOption("losses", "DIR", "keep what is measured here, not in a cache",
                  options.store),
       shardOption(options)});
  command.add(listTargetOptions(model.compile));
  command.add(listOtherModelOptions(model));
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  options.compile = model.compile;
  if (llvm::Error error = check(options, model))
    return reportFailure(std::move(error));
  return failed(compressModel(options, program)) ? getExitCode() : 0;
}

} // namespace mlir::eke
