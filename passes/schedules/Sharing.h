//===- Sharing.h - What pays to share among threads -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_SHARING_H
#define EKE_PASSES_SCHEDULES_SHARING_H

#include "passes/schedules/ScheduleBuilder.h"

namespace mlir::eke {

/// Multiplications of small integers, or operations that take as long, from which on
/// it pays to share a loop out: some microseconds of a core. Handing a loop out and
/// waiting for its end takes half of one, and more if the machine has other work.
constexpr int64_t kOperationsWorthSharing = 128 << 10;

/// How many operations a product of numbers in f32 and f16 counts as, an exponential
/// and an addition that goes through memory.
constexpr int64_t kOperationsPerProduct = 2, kOperationsPerExp = 32,
                  kOperationsPerSum = 2;

/// Are there enough of `rows` to make tasks of?
bool hasRowTasks(int64_t rows);

/// Orders the loops of a stage, `rows` of which are in the loop of that name, and shares
/// out the tasks of a prompt: a quarter of the rows each, since a key or value that was
/// loaded serves all rows of the task.
void shareRows(StageSchedule &out, StringRef loop, int64_t rows,
               SmallVector<StringRef> innermostFirst);

/// Does it pay to share positions out, when half of those there can be are live?
bool paysToSharePositions(ScheduleBuilder &b, int64_t operationsPerPosition);

/// Steps of so many positions that make a task, if it may pay to share the positions
/// out, else 0. A task is half of what is worth sharing: while few positions are live
/// there is one, which runs where it is.
int64_t getStepsPerTask(ScheduleBuilder &b, int64_t positions,
                        int64_t operationsPerPosition);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_SHARING_H
