//===- EnergyReportText.cpp - An energy report for people -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/EnergyReport.h"
#include "compiler/report/FormatEnergy.h"
#include "compiler/report/Table.h"
#include "compiler/support/FormatNumber.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <numeric>

using llvm::formatv;
using llvm::StringRef;

namespace mlir::eke {
namespace {

/// Is there some of it, but no price of any?
bool isUnpriced(const EnergyReport &report, const Amounts &amounts) {
  bool hasSome = false;
  for (auto [price, amount] :
       llvm::zip_equal(report.prices.getPrices(), amounts)) {
    if (amount != 0 && price.figure.isKnown())
      return false;
    hasSome |= amount != 0;
  }
  return hasSome;
}

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

/// Cells with the energy of `amounts`, and its share of `whole`.
std::array<std::string, 2> formatCells(const EnergyReport &report,
                                       const Amounts &amounts, double whole) {
  if (isUnpriced(report, amounts))
    return {"?", "?"};
  double energy = report.prices.sum(amounts).nominal;
  return {formatEnergy(energy), formatShare(energy, whole)};
}

/// "5.72 M", "32.8 K" or "512".
std::string formatCount(double count) {
  if (count >= 1e6)
    return formatv("{0:f2} M", count / 1e6);
  return count >= 1e4 ? formatv("{0:f1} K", count / 1e3).str()
                      : formatv("{0:f0}", count).str();
}

std::string formatSigned(int64_t count) {
  return (count < 0 ? "-" : "") + formatCount(std::abs(double(count)));
}

int64_t sumMacs(const std::array<int64_t, kMacTypes> &macs) {
  return std::accumulate(macs.begin(), macs.end(), int64_t(0));
}

void printSummary(const EnergyReport &report, llvm::raw_ostream &os) {
  os << report.model;
  if (!report.whatIf.empty())
    os << ", what if " << report.whatIf;
  os << formatv(" for {0}, weights {1}, per {2}", report.target, report.weights,
                report.unit);
  if (report.position)
    os << formatv(" at position {0}", *report.position);
  os << formatv("\n{0} parameters, {1} of weights, {2} of states\n",
                formatCount(report.parameters), formatBytes(report.weightBytes),
                formatBytes(report.stateBytes));
  int64_t macs = 0;
  for (const ReportRow &layer : report.layers)
    macs += sumMacs(layer.macs);
  os << formatv("{0} multiply-adds", formatCount(macs));
  if (report.code)
    os << formatv(", {0} instructions", formatCount(report.code->sum()));
  if (report.code && report.code->cycles > 0)
    os << formatv(", about {0} cycles", formatCount(report.code->cycles));
  os << '\n';
  if (report.tokens)
    os << formatv("{0:f2} tokens for each {1}\n", *report.tokens, report.unit);
  if (report.seconds)
    os << formatv("estimated {0} ({1} to {2}) on one core\n",
                  formatTime(report.seconds->nominal),
                  formatTime(report.seconds->low),
                  formatTime(report.seconds->high));
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

/// What of the table is a copy of what lies elsewhere.
void printResidency(const EnergyReport &report, llvm::raw_ostream &os) {
  auto isCache = [](const ReportMemory &memory) {
    return memory.kind == MemoryKind::Cache;
  };
  auto caches = llvm::map_range(
      llvm::make_filter_range(report.memories, isCache),
      [](const ReportMemory &memory) { return StringRef(memory.name); });
  if (!caches.empty())
    os << "modelled residency: what is from " << llvm::join(caches, ", ")
       << '\n';
}

void printTensors(const EnergyReport &report, llvm::raw_ostream &os) {
  double whole = report.prices.sum(report.total).nominal;
  Table table(3);
  std::vector<std::string> head = {"tensor", "format", "lies in",
                                   "bytes",  "read",   "written"};
  for (const ReportMemory &memory : report.memories)
    head.push_back("from " + memory.name);
  head.insert(head.end(), {"energy", "share"});
  table.addLine(head);
  for (const TensorRow &row : report.tensors) {
    std::vector<std::string> cells = {
        row.name,
        row.format.empty() ? "-" : row.format,
        row.memory.empty() ? "-" : row.memory,
        row.bytes ? formatv("{0}", row.bytes).str() : "-",
        formatv("{0}", row.read).str(),
        formatv("{0}", row.written).str()};
    for (int64_t bytes : row.served)
      cells.push_back(bytes ? formatv("{0}", bytes).str() : "-");
    llvm::append_range(cells, formatCells(report, row.amounts, whole));
    table.addLine(std::move(cells));
  }
  os << '\n';
  table.print(os);
  printResidency(report, os);
}

void printLayers(const EnergyReport &report, llvm::raw_ostream &os) {
  double whole = report.prices.sum(report.total).nominal;
  Table table(1);
  table.addLine(
      {"layer", "weights", "state", "values", "macs", "energy", "share"});
  for (const ReportRow &row : report.layers) {
    auto [energy, share] = formatCells(report, row.amounts, whole);
    table.addLine({row.name, formatv("{0}", row.bytes[Access::Weight]).str(),
                   formatv("{0}", row.bytes[Access::State]).str(),
                   formatv("{0}", row.bytes[Access::Value]).str(),
                   formatv("{0}", sumMacs(row.macs)).str(), energy, share});
  }
  os << '\n';
  table.print(os);
}

/// What bounds a kernel: computing, or a memory.
std::string describeBound(const KernelRow &row, const EnergyReport &report) {
  if (row.time.total == 0)
    return "-";
  return row.time.bound ? report.memories[*row.time.bound].name : "computing";
}

void printKernels(const EnergyReport &report, llvm::raw_ostream &os) {
  Table table(1);
  std::vector<std::string> head = {"kernel", "runs", "macs", "instructions",
                                   "cycles"};
  for (const ReportMemory &memory : report.memories)
    head.push_back("from " + memory.name);
  head.insert(head.end(), {"time", "bound by", "energy"});
  table.addLine(head);
  for (const KernelRow &row : report.kernels) {
    std::vector<std::string> cells = {
        row.name, formatv("{0:f0}", row.times).str(),
        formatv("{0}", sumMacs(row.macs)).str(),
        formatv("{0:f0}", row.code.sum()).str(),
        row.code.cycles > 0 ? formatv("{0:f0}", row.code.cycles).str() : "-"};
    for (int64_t bytes : row.served)
      cells.push_back(bytes ? formatv("{0}", bytes).str() : "-");
    cells.push_back(row.time.total > 0 ? formatTime(row.time.total) : "-");
    cells.push_back(describeBound(row, report));
    cells.push_back(formatCells(report, row.amounts, /*whole=*/0).front());
    table.addLine(std::move(cells));
  }
  os << '\n';
  table.print(os);
}

/// What the model would take more if it did without.
void printSavings(const EnergyReport &report, llvm::raw_ostream &os) {
  if (report.savings.empty())
    return;
  double whole = report.prices.sum(report.total).nominal;
  Table table(1);
  table.addLine({"saved by", "parameters", "weights", "macs", "energy",
                 "of what is left"});
  for (const Saving &saving : report.savings) {
    double energy = report.prices.sum(saving.amounts).nominal;
    bool isKnown = report.prices.isKnown();
    table.addLine({saving.property,
                   saving.parameters ? formatCount(saving.parameters) : "-",
                   saving.weightBytes ? formatBytes(saving.weightBytes) : "-",
                   saving.macs ? formatSigned(saving.macs) : "-",
                   isKnown ? formatEnergy(energy) : "?",
                   isKnown ? formatShare(energy, whole) : "?"});
  }
  os << '\n';
  table.print(os);
}

} // namespace

void printReport(const EnergyReport &report, const ReportTables &tables,
                 llvm::raw_ostream &os) {
  printSummary(report, os);
  printPrices(report, os);
  printTensors(report, os);
  printSavings(report, os);
  if (tables.layers)
    printLayers(report, os);
  if (tables.kernels)
    printKernels(report, os);
  for (const std::string &op : report.unknown)
    os << "not counted: " << op << '\n';
}

} // namespace mlir::eke
