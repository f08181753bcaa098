//===- FormatTable.h - Matrices, formats, and what they cost ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_FORMATTABLE_H
#define EKE_COMPILER_SEARCH_FORMATTABLE_H

#include "compiler/pipeline/FormatPlan.h"
#include "compiler/search/ChoiceProblem.h"
#include "compiler/search/FormatCosts.h"

namespace mlir::eke {

/// What a matrix costs in a format.
struct FormatEntry {
  /// Picojoules, and bytes of the image.
  double energy = 0, bytes = 0;
  /// The divergence when it alone is rounded, in nats a token.
  double loss = 0;
};

/// One of the costs of an entry.
using EntryCost = double FormatEntry::*;

/// What a choice of formats costs, if costs add up.
struct PlannedCosts {
  FormatPlan plan;
  double energy = 0, bytes = 0, loss = 0;
  /// No choice within the capacity has less of what was minimised.
  double bound = 0;
};

/// The costs of each matrix in each format.
class FormatTable {
public:
  FormatTable(std::vector<std::string> matrices,
              std::vector<std::string> formats)
      : matrices(std::move(matrices)), formats(std::move(formats)),
        entries(this->matrices.size() * this->formats.size()) {}

  llvm::ArrayRef<std::string> getMatrices() const { return matrices; }
  llvm::ArrayRef<std::string> getFormats() const { return formats; }
  FormatEntry &at(size_t matrix, size_t format) {
    return entries[matrix * formats.size() + format];
  }
  const FormatEntry &at(size_t matrix, size_t format) const {
    return entries[matrix * formats.size() + format];
  }

  /// Takes over what the matrices cost with all of them in one format.
  void setCosts(size_t format, const ModelCost &cost);

  /// The plan with all matrices in one format.
  PlannedCosts getUniform(size_t format) const;

  /// The choice with the least `cost` whose `load` is within the capacity; of such, what is
  /// equal in both has the format that comes first. None if there is none.
  std::optional<PlannedCosts> choose(EntryCost cost, EntryCost load,
                                     double capacity) const;

  /// The least and the most that the choices of a cost add up to.
  std::pair<double, double> getRange(EntryCost cost) const;

private:
  PlannedCosts add(llvm::ArrayRef<size_t> chosen) const;

  std::vector<std::string> matrices, formats;
  std::vector<FormatEntry> entries;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_FORMATTABLE_H
