//===- TuneReport.cpp - What a search has found ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/TuneReport.h"

#include "passes/schedules/ApplySchedules.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using llvm::formatv;

namespace mlir::eke {

using tune::Cost;
using tune::KernelSearch;

static double perCall(const Cost &cost) {
  return cost.calls ? cost.value / double(cost.calls) : 0;
}

static std::string formatGain(double before, double after) {
  return formatv("{0:f1} %", before > 0 ? 100 * (before - after) / before : 0);
}

static std::string formatNames(const KernelSearch &kernel) {
  std::string name = kernel.getNames().front();
  if (size_t others = kernel.getNames().size() - 1)
    name += formatv(" and {0} more", others);
  return name;
}

namespace {
struct Total {
  std::string name;
  double usual, best;
};
} // namespace

static SmallVector<Total> listTotals(const TuneResult &result) {
  SmallVector<Total> totals = {
      {"total per " + result.stepName, result.usualStep, result.bestStep}};
  if (result.usualPrompt > 0)
    totals.push_back({"total per token of the prompt", result.usualPrompt,
                      result.bestPrompt});
  return totals;
}

void printTuneTable(const TuneResult &result, llvm::raw_ostream &os) {
  os << result.subject << "\ncosts are " << result.unit << "\n\n";
  SmallVector<const KernelSearch *> kernels;
  size_t width = 0;
  for (const KernelSearch &kernel : result.kernels) {
    kernels.push_back(&kernel);
    width = std::max(width, formatNames(kernel).size());
  }
  llvm::stable_sort(kernels, [](const auto *a, const auto *b) {
    return a->getUsualCost().value > b->getUsualCost().value;
  });
  auto line = [&](std::string name, std::string calls, std::string before,
                  std::string after, std::string gain) {
    name.resize(std::max(width, name.size()), ' ');
    os << name
       << formatv("{0,8}{1,12}{2,12}{3,9}\n", calls, before, after, gain);
  };
  auto number = [](double value) { return formatv("{0:f0}", value).str(); };
  line("kernel", "calls", "recipe", "best", "gain");
  for (const KernelSearch *kernel : kernels) {
    double before = perCall(kernel->getUsualCost()),
           after = perCall(kernel->getBestCost());
    line(formatNames(*kernel), std::to_string(kernel->getUsualCost().calls),
         number(before), number(after),
         kernel->isImproved() ? formatGain(before, after) : "-");
  }
  for (const Total &total : listTotals(result))
    line(total.name, "", number(total.usual), number(total.best),
         formatGain(total.usual, total.best));
  if (!result.isComplete)
    os << "\nthe time was up before everything was tried; the same command "
          "goes on from here\n";
}

void printSchedules(const TuneResult &result, llvm::raw_ostream &os) {
  os << "// Schedules for " << result.subject << ", chosen by 'eke tune'.\n"
     << "// 'eke compile MODEL --schedules=FILE' reads this file; what it does "
        "not name gets\n// the schedule of its recipe.\n"
     << "// Costs are " << result.unit << ".\n";
  for (const Total &total : listTotals(result))
    os << formatv("// {0}: {1:f0} -> {2:f0}\n", total.name, total.usual,
                  total.best);
  os << "module attributes {" << kTunedForAttr << " = [";
  auto quote = [](StringRef text) { return '"' + text.str() + '"'; };
  os << quote(result.target) << ", " << quote(result.weights) << "]} {\n";
  for (const KernelSearch &kernel : result.kernels) {
    if (!kernel.isImproved())
      continue;
    os << formatv("\n// each call: {0:f0} -> {1:f0}\n",
                  perCall(kernel.getUsualCost()),
                  perCall(kernel.getBestCost()));
    os << "halide.schedule [";
    llvm::interleave(
        kernel.getNames(), os,
        [&](const std::string &name) {
          StringAttr::get(kernel.getBest().getContext(), name).print(os);
        },
        ",\n                 ");
    os << "] = [";
    llvm::interleave(
        kernel.getBest(), os, [&](Attribute stage) { os << "\n  " << stage; },
        ",");
    os << "\n]\n";
  }
  os << "\n}\n";
}

} // namespace mlir::eke
