//===- CompareReportsText.cpp - A comparison for people -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/CompareReports.h"
#include "compiler/report/FormatEnergy.h"
#include "compiler/report/Table.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using llvm::formatv;

namespace mlir::eke {
namespace {

std::string getLabel(const EnergyReport &report) {
  return report.target + " " + report.weights +
         (report.whatIf.empty() ? "" : " " + report.whatIf);
}

std::string formatRatio(const Figure &ratio) {
  return formatv("{0:f2} ({1:f2} to {2:f2})", ratio.nominal, ratio.low,
                 ratio.high);
}

void printRatios(const Comparison &comparison, llvm::raw_ostream &os) {
  Table table(2);
  table.addLine({"target", "weights", "energy", "ratio", "better in"});
  for (const ComparedReport &each : comparison) {
    const EnergyReport &report = *each.report;
    bool isFirst = &each == &comparison.front();
    std::string energy = "?", ratio = isFirst ? "1" : "?",
                better = isFirst ? "-" : "?";
    if (!each.causes.empty())
      energy = formatRange(report.prices.sum(report.total));
    if (each.ratio) {
      ratio = formatRatio(each.ratio->ratio);
      better = formatv("{0:f0} % of draws", 100 * each.ratio->better);
    }
    std::string weights = report.weights;
    if (!report.whatIf.empty())
      weights += ", " + report.whatIf;
    table.addLine({report.target, weights, energy, ratio, better});
  }
  table.print(os);
}

/// A column for each report, a line for each cause.
void printCauses(const Comparison &comparison, llvm::raw_ostream &os) {
  Table table(1);
  std::vector<std::string> head = {"of which"};
  llvm::MapVector<StringRef, std::vector<std::string>> lines;
  for (const auto &[column, each] : llvm::enumerate(comparison)) {
    head.push_back(getLabel(*each.report));
    for (const auto &[cause, energy] : each.causes) {
      auto &line = lines[cause];
      line.resize(comparison.size() + 1, "-");
      line[0] = cause;
      line[column + 1] = formatEnergy(energy.nominal);
    }
  }
  if (lines.empty())
    return;
  os << '\n';
  table.addLine(std::move(head));
  for (auto &[cause, line] : lines)
    table.addLine(std::move(line));
  table.print(os);
}

} // namespace

void printComparison(const Comparison &comparison, llvm::raw_ostream &os) {
  const EnergyReport &first = *comparison.front().report;
  os << "\ncompared, per " << first.unit;
  if (first.position)
    os << " at position " << *first.position;
  os << "; only what has a price counts\n";
  printRatios(comparison, os);
  printCauses(comparison, os);
  for (const ComparedReport &each : comparison) {
    if (!each.report->prices.isKnown())
      os << getLabel(*each.report) << ": no figures of energy\n";
    else if (!each.unpriced.empty())
      os << getLabel(*each.report) << ": no price of its own for "
         << llvm::join(each.unpriced, ", ") << '\n';
    if (!each.leftOut.empty())
      os << getLabel(*each.report) << ": without "
         << llvm::join(each.leftOut, " and ")
         << ", of which nothing is known without code\n";
  }
}

} // namespace mlir::eke
