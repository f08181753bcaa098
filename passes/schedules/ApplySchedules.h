//===- ApplySchedules.h - Schedules from a file -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_APPLYSCHEDULES_H
#define EKE_PASSES_SCHEDULES_APPLYSCHEDULES_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::eke {

/// Gives the pipelines of `module` that the file `path` names the schedules it has
/// for them. Fails with a diagnostic in the file.
LogicalResult applySchedules(ModuleOp module, StringRef path);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_APPLYSCHEDULES_H
