//===- Recipes.h - Schedules by kind of pipeline ----------------*- C++ -*-===//
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

/// Of two products in one pipeline, the stages of the second are called like those of
/// the first, with this behind.
inline constexpr llvm::StringLiteral kTwinSuffix = "_2";

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

/// The schedule that the library of recipes has for `pipeline` on `target` (null:
/// 128-bit vectors). Every pipeline has one; it may be empty. A parameter that
/// `values` names has that value, others what the recipe takes.
ScheduleChoice chooseSchedule(halide::PipelineOp pipeline, TargetAttr target,
                              const ParameterValues &values = {});

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_RECIPES_H
