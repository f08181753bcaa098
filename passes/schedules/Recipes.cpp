//===- Recipes.cpp - Schedules by class of pipeline -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/recipes/Library.h"

namespace mlir::eke {

/// The first that takes a pipeline schedules it. docs/tune-a-kernel.md shows what each of
/// them makes.
static constexpr Recipe recipes[] = {
    {"float-product", scheduleFloatProduct},
    {"integer-product", scheduleIntegerProduct},
    {"attention-scores", scheduleAttentionScores},
    {"attention-context", scheduleAttentionContext},
    {"contraction", scheduleContraction},
    {"transposition", scheduleTransposition},
    {"rows", scheduleRows},
};

ArrayRef<Recipe> getRecipes() { return recipes; }

ScheduleChoice chooseSchedule(halide::PipelineOp pipeline, TargetAttr target,
                              const ParameterValues &values) {
  ScheduleBuilder builder(pipeline, target, values);
  for (const Recipe &recipe : recipes)
    if (recipe.schedule(builder))
      break;
  return builder.take();
}

} // namespace mlir::eke
