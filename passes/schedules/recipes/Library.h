//===- Library.h - The library of recipes -----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recipe asks the maps of a pipeline's ops whether it is of its class, and schedules it
// if so: it returns false, and has written nothing, if it is not. What stages and loops
// are called is for people; no recipe asks.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_RECIPES_LIBRARY_H
#define EKE_PASSES_SCHEDULES_RECIPES_LIBRARY_H

#include "passes/schedules/ScheduleBuilder.h"

namespace mlir::eke {

bool scheduleFloatProduct(ScheduleBuilder &b);
bool scheduleIntegerProduct(ScheduleBuilder &b);
bool scheduleAttentionScores(ScheduleBuilder &b);
bool scheduleAttentionContext(ScheduleBuilder &b);
bool scheduleContraction(ScheduleBuilder &b);
bool scheduleTransposition(ScheduleBuilder &b);

/// Schedules what has no recipe of its own; never refuses.
bool scheduleRows(ScheduleBuilder &b);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_RECIPES_LIBRARY_H
