//===- ChooseSchedules.cpp - A schedule for every pipeline ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/schedules/ApplySchedules.h"
#include "passes/schedules/Recipes.h"
#include "passes/schedules/StoreLargeStages.h"

namespace mlir::eke {

#define GEN_PASS_DEF_CHOOSESCHEDULESPASS
#include "passes/Passes.h.inc"

namespace {

struct ChooseSchedules : impl::ChooseSchedulesPassBase<ChooseSchedules> {
  using Base::Base;

  void runOnOperation() override {
    if (!schedules.empty() && failed(applySchedules(getOperation(), schedules)))
      return signalPassFailure();
    auto target = getOperation()->getAttrOfType<TargetAttr>(kTargetAttr);
    SmallVector<halide::PipelineOp> pipelines;
    getOperation().walk([&](halide::PipelineOp pipeline) {
      if (!pipeline.getSchedule())
        pipeline.setScheduleAttr(chooseSchedule(pipeline, target).schedule);
      pipelines.push_back(pipeline);
    });
    for (halide::PipelineOp pipeline : pipelines)
      storeLargeStages(pipeline, target);
  }
};

} // namespace
} // namespace mlir::eke
