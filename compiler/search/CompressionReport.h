//===- CompressionReport.h - What plans of formats cost ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_COMPRESSIONREPORT_H
#define EKE_COMPILER_SEARCH_COMPRESSIONREPORT_H

#include "compiler/search/FormatTable.h"

#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

/// A plan, what it was expected to cost, and what it does.
struct CompressionPoint {
  /// The format that all matrices have, or "plan".
  std::string name;
  PlannedCosts planned;
  /// Of all that the model does, in picojoules; of all weights.
  Figure energy;
  int64_t bytes = 0;
  /// Of the held-out text, and the part by which that is above the model's own.
  double perplexity = 0, added = 0;
};

/// The file that `--formats` reads: the plan, what it costs, and what each matrix would in the
/// formats that were tried.
std::string printPlan(const CompressionPoint &plan, const FormatTable &table);

/// The plan next to one format for all, as a table.
void printPlanTable(double perplexity, llvm::ArrayRef<CompressionPoint> uniform,
                    const CompressionPoint &plan, llvm::raw_ostream &os);

/// Points of the curve, and those with one format for all.
std::string printCurveAsJSON(llvm::ArrayRef<CompressionPoint> curve,
                             llvm::ArrayRef<CompressionPoint> uniform);

/// The same as a picture: energy against added perplexity.
std::string plotCurve(llvm::ArrayRef<CompressionPoint> curve,
                      llvm::ArrayRef<CompressionPoint> uniform);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_COMPRESSIONREPORT_H
