//===- Recipes.h - Schedules by class of pipeline ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_RECIPES_H
#define EKE_PASSES_SCHEDULES_RECIPES_H

#include "dialects/eke/EkeDialect.h"
#include "dialects/halide/HalideDialect.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::eke {

/// A number in a schedule that may be another one.
struct ScheduleParameter {
  std::string name;
  int64_t value;
  /// What else fits the pipeline: its extents are multiples of it.
  SmallVector<int64_t> alternatives;
};

/// Values of parameters, by name.
using ParameterValues = llvm::StringMap<int64_t>;

/// A schedule and the numbers in it that are a matter of taste.
struct ScheduleChoice {
  ArrayAttr schedule;
  SmallVector<ScheduleParameter> parameters;
};

class ScheduleBuilder;

/// Schedules the pipelines of one class.
struct Recipe {
  llvm::StringLiteral name;
  /// Returns false, and has written nothing, if the pipeline is of another class.
  bool (*schedule)(ScheduleBuilder &b);
};

/// All recipes, in the order in which a pipeline is offered to them; the last takes
/// every one.
ArrayRef<Recipe> getRecipes();

/// The schedule that the library of recipes has for `pipeline` on `target` (null:
/// 128-bit vectors). Every pipeline has one; it may be empty. A parameter that
/// `values` names has that value, others what the recipe takes.
ScheduleChoice chooseSchedule(halide::PipelineOp pipeline, TargetAttr target,
                              const ParameterValues &values = {});

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_RECIPES_H
