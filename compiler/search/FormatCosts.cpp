//===- FormatCosts.cpp - What matrices take in each format ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/FormatCosts.h"

#include "compiler/report/ReportModel.h"

namespace mlir::eke {

/// How often what is reported happens next to other reports of a model.
static double getWeight(const EnergyReport &report) {
  return report.rate.value_or(1);
}

/// Adds what the matrices of a report take.
static void addMatrices(const EnergyReport &report, ModelCost &cost) {
  for (const TensorRow &row : report.tensors) {
    Amounts amounts = row.amounts;
    amounts += row.computing;
    double energy = getWeight(report) * report.prices.sum(amounts).nominal;
    for (const auto &[name, part] : row.parts) {
      FormatCost &matrix = cost.matrices[name];
      matrix.energy += part * energy;
      matrix.bytes = part * row.bytes;
    }
  }
}

FailureOr<ModelCost> priceModel(const CompileOptions &options,
                                StringRef compiler) {
  CompileOptions own = options;
  own.isVerbose = false;
  own.remarks = own.dumpIR = own.output = "";
  own.stopAfter = nullptr;
  auto reports = reportModel(std::move(own), {}, /*countsCode=*/true, compiler);
  if (failed(reports))
    return failure();
  ModelCost cost;
  for (const EnergyReport &report : *reports) {
    // Drafts and their verification are another way to do the same.
    if (report.tokens)
      continue;
    cost.energy =
        cost.energy + report.prices.sum(report.total) * getWeight(report);
    cost.bytes = report.weightBytes;
    addMatrices(report, cost);
  }
  return cost;
}

} // namespace mlir::eke
