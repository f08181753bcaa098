//===- FormatTable.cpp - Matrices, formats, and what they cost ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/FormatTable.h"

namespace mlir::eke {

void FormatTable::setCosts(size_t format, const ModelCost &cost) {
  for (auto [number, name] : llvm::enumerate(matrices)) {
    FormatCost matrix = cost.matrices.lookup(name);
    FormatEntry &entry = at(number, format);
    entry.energy = matrix.energy;
    entry.bytes = matrix.bytes;
  }
}

PlannedCosts FormatTable::add(llvm::ArrayRef<size_t> chosen) const {
  PlannedCosts sum;
  for (auto [matrix, format] : llvm::enumerate(chosen)) {
    const FormatEntry &entry = at(matrix, format);
    sum.plan.push_back({matrices[matrix], formats[format]});
    sum.energy += entry.energy;
    sum.bytes += entry.bytes;
    sum.loss += entry.loss;
  }
  return sum;
}

PlannedCosts FormatTable::getUniform(size_t format) const {
  return add(std::vector<size_t>(matrices.size(), format));
}

std::optional<PlannedCosts> FormatTable::choose(EntryCost cost, EntryCost load,
                                                double capacity) const {
  ChoiceProblem problem;
  problem.capacity = capacity;
  for (size_t matrix = 0; matrix < matrices.size(); ++matrix) {
    std::vector<Choice> &choices = problem.items.emplace_back();
    for (size_t format = 0; format < formats.size(); ++format) {
      const FormatEntry &entry = at(matrix, format);
      choices.push_back({entry.*cost, entry.*load});
    }
  }
  std::optional<ChoiceSolution> solution = solve(problem);
  if (!solution)
    return std::nullopt;
  PlannedCosts planned = add(solution->chosen);
  planned.bound = solution->bound;
  return planned;
}

std::pair<double, double> FormatTable::getRange(EntryCost cost) const {
  std::pair<double, double> range(0, 0);
  for (size_t matrix = 0; matrix < matrices.size(); ++matrix) {
    auto row =
        llvm::ArrayRef(entries).slice(matrix * formats.size(), formats.size());
    auto [least, most] =
        std::minmax_element(row.begin(), row.end(),
                            [=](const FormatEntry &a, const FormatEntry &b) {
                              return a.*cost < b.*cost;
                            });
    range.first += (*least).*cost;
    range.second += (*most).*cost;
  }
  return range;
}

} // namespace mlir::eke
