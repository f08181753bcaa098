//===- KernelSearch.h - The search for one kernel's schedule ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Goes through the parameters of a recipe: tries all values of the first, keeps
// the best, goes on to the next. Kernels do not know of each other, so that each
// run of a program tries one schedule of every kernel.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_KERNELSEARCH_H
#define EKE_COMPILER_SEARCH_KERNELSEARCH_H

#include "compiler/search/Cost.h"
#include "passes/schedules/Recipes.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::eke::tune {

/// The search for the schedule of equal pipelines.
class KernelSearch {
public:
  KernelSearch(halide::PipelineOp pipeline, TargetAttr target);

  /// The names of the pipelines, in the order of the module.
  ArrayRef<std::string> getNames() const { return names; }
  bool isEqual(halide::PipelineOp other) const;
  void addName(StringRef name);

  /// What these pipelines cost in a run.
  Cost getCost(const Measurement &measurement) const;

  ArrayAttr getUsual() const { return usual; }
  ArrayAttr getBest() const { return best; }
  bool isImproved() const { return best != usual; }
  const Cost &getUsualCost() const { return usualCost; }
  const Cost &getBestCost() const { return bestCost; }

  /// An estimate of how many schedules there are to try.
  unsigned countAlternatives() const;

  /// Sets what the recipe's own schedule costs.
  void setUsualCost(const Cost &cost) { usualCost = bestCost = cost; }
  /// The next schedule to try; null behind the last one.
  ArrayAttr propose();
  /// Takes what the proposed schedule costs; nothing if it cannot be compiled. It
  /// is the best if it is better by more than `noise`, as a share.
  void report(std::optional<Cost> cost, double noise);

  /// Takes what the recipe's and the best schedule cost in one last run each, and
  /// goes back to the recipe's if the best has not been better there. Returns
  /// whether it went back.
  bool confirm(const Cost &usualNow, const Cost &bestNow, double noise);

private:
  bool fits(ArrayAttr schedule) const;

  halide::PipelineOp pipeline;
  TargetAttr target;
  SmallVector<std::string> names;
  llvm::StringSet<> knownNames;
  ArrayAttr usual, best, proposed;
  Cost usualCost, bestCost;
  ParameterValues bestValues, proposedValues;
  /// What to try next: an alternative of a parameter.
  size_t parameter = 0, alternative = 0;
  /// The alternatives of that parameter, as they were when its turn came.
  std::optional<ScheduleParameter> current;
  llvm::DenseSet<Attribute> tried;
};

/// One search for each set of equal pipelines in `module`. Left out are pipelines
/// that have a schedule, and those that share their name with a different one.
std::vector<KernelSearch> findKernels(ModuleOp module);

} // namespace mlir::eke::tune

#endif // EKE_COMPILER_SEARCH_KERNELSEARCH_H
