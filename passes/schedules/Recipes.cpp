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

/// A loop of no iterations has nothing to split.
static bool hasEmptyLoops(halide::PipelineOp pipeline) {
  return llvm::any_of(pipeline.getBody().getOps<linalg::LinalgOp>(),
                      [](linalg::LinalgOp op) {
                        return llvm::is_contained(op.getStaticLoopRanges(), 0);
                      });
}

ScheduleChoice chooseSchedule(halide::PipelineOp pipeline, TargetAttr target,
                              const ParameterValues &values) {
  ScheduleBuilder builder(pipeline, target, values);
  if (hasEmptyLoops(pipeline))
    return builder.take();
  for (const Recipe &recipe : recipes)
    if (recipe.schedule(builder))
      break;
  return builder.take();
}

} // namespace mlir::eke
