//===- StoreLargeStages.h - Large stages outside of the stack ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_STORELARGESTAGES_H
#define EKE_PASSES_SCHEDULES_STORELARGESTAGES_H

#include "dialects/eke/EkeDialect.h"
#include "dialects/halide/HalideDialect.h"

namespace mlir::eke {

/// What a stage may take of the stack, in bytes. `target` may be null.
int64_t getMostStackBytes(TargetAttr target);

/// Makes stages that the schedule stores in full, and that are too large for a stack,
/// results of the pipeline: so they get a place in the arena. `pipeline` may become
/// another op.
void storeLargeStages(halide::PipelineOp pipeline, TargetAttr target);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_STORELARGESTAGES_H
