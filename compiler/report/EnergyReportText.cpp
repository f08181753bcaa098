//===- EnergyReportText.cpp - An energy report for people -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/EnergyReport.h"
#include "compiler/report/FormatEnergy.h"
#include "compiler/report/Table.h"
#include "compiler/support/FormatNumber.h"

#include "llvm/Support/FormatVariadic.h"

#include <numeric>

using llvm::formatv;
using llvm::StringRef;

namespace mlir::eke {
namespace {

std::string formatShare(double part, double whole) {
  return whole > 0 ? formatv("{0:f1} %", 100 * part / whole).str() : "-";
}

std::string formatBytes(int64_t bytes) {
  if (bytes < 10000)
    return formatv("{0} B", bytes);
  if (bytes < 10000000)
    return formatv("{0:f1} KB", bytes / 1e3);
  return formatv("{0:f1} MB", bytes / 1e6);
}

int64_t sumMacs(const std::array<int64_t, kMacTypes> &macs) {
  return std::accumulate(macs.begin(), macs.end(), int64_t(0));
}

void printSummary(const EnergyReport &report, llvm::raw_ostream &os) {
  os << formatv("{0} for {1}, weights {2}, per {3}", report.model,
                report.target, report.weights, report.unit);
  if (report.position)
    os << formatv(" at position {0}", *report.position);
  os << formatv("\n{0:f2} M parameters, {1} of weights, {2} of states\n",
                report.parameters / 1e6, formatBytes(report.weightBytes),
                formatBytes(report.stateBytes));
  int64_t macs = 0;
  for (const ReportRow &layer : report.layers)
    macs += sumMacs(layer.macs);
  os << formatv("{0:f2} M multiply-adds", macs / 1e6);
  if (report.instructions)
    os << formatv(", {0:f2} M instructions",
                  std::accumulate(report.instructions->begin(),
                                  report.instructions->end(), 0.0) /
                      1e6);
  os << '\n';
  if (!report.prices.isKnown()) {
    os << "the target's profile has no figures of energy\n";
    return;
  }
  Figure total = report.prices.sum(report.total);
  os << formatv("modelled energy {0}", formatRange(total));
  if (report.rate)
    os << formatv(", {0} each second",
                  formatEnergy(total.nominal * *report.rate));
  os << '\n';
}

/// What each price makes of the whole.
void printPrices(const EnergyReport &report, llvm::raw_ostream &os) {
  double whole = report.prices.sum(report.total).nominal;
  Table table(1);
  table.addLine({"what", "amount", "pJ each", "energy", "share"});
  for (auto [price, amount] :
       llvm::zip_equal(report.prices.getPrices(), report.total)) {
    if (amount == 0)
      continue;
    bool isKnown = price.figure.isKnown();
    double energy = amount * price.figure.nominal;
    table.addLine({price.name, formatv("{0:f0}", amount).str(),
                   isKnown ? formatNumber(price.figure.nominal) : "?",
                   isKnown ? formatEnergy(energy) : "?",
                   isKnown ? formatShare(energy, whole) : "?"});
  }
  os << '\n';
  table.print(os);
}

void printTensors(const EnergyReport &report, llvm::raw_ostream &os) {
  double whole = report.prices.sum(report.total).nominal;
  Table table(2);
  std::vector<std::string> head = {"tensor", "format", "bytes", "read",
                                   "written"};
  for (const std::string &memory : report.memories)
    head.push_back("from " + memory);
  head.insert(head.end(), {"energy", "share"});
  table.addLine(head);
  for (const TensorRow &row : report.tensors) {
    std::vector<std::string> cells = {
        row.name, row.format.empty() ? "-" : row.format,
        row.bytes ? formatv("{0}", row.bytes).str() : "-",
        formatv("{0}", row.read).str(), formatv("{0}", row.written).str()};
    for (int64_t bytes : row.served)
      cells.push_back(bytes ? formatv("{0}", bytes).str() : "-");
    double energy = report.prices.sum(row.amounts).nominal;
    cells.push_back(formatEnergy(energy));
    cells.push_back(formatShare(energy, whole));
    table.addLine(std::move(cells));
  }
  os << '\n';
  table.print(os);
}

void printLayers(const EnergyReport &report, llvm::raw_ostream &os) {
  double whole = report.prices.sum(report.total).nominal;
  Table table(1);
  table.addLine(
      {"layer", "weights", "state", "values", "macs", "energy", "share"});
  for (const ReportRow &row : report.layers) {
    double energy = report.prices.sum(row.amounts).nominal;
    table.addLine({row.name, formatv("{0}", row.bytes[Access::Weight]).str(),
                   formatv("{0}", row.bytes[Access::State]).str(),
                   formatv("{0}", row.bytes[Access::Value]).str(),
                   formatv("{0}", sumMacs(row.macs)).str(),
                   formatEnergy(energy), formatShare(energy, whole)});
  }
  os << '\n';
  table.print(os);
}

} // namespace

void printReport(const EnergyReport &report, bool showsLayers,
                 llvm::raw_ostream &os) {
  printSummary(report, os);
  printPrices(report, os);
  printTensors(report, os);
  if (showsLayers)
    printLayers(report, os);
  for (const std::string &op : report.unknown)
    os << "not counted: " << op << '\n';
}

} // namespace mlir::eke
