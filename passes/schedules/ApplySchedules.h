//===- ApplySchedules.h - Schedules from a file -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_SCHEDULES_APPLYSCHEDULES_H
#define EKE_PASSES_SCHEDULES_APPLYSCHEDULES_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::eke {

/// The attribute of a file of schedules that says what they were chosen for: the
/// names of the target and of the weights' format.
inline constexpr llvm::StringLiteral kTunedForAttr = "eke.tuned_for";

/// Gives the pipelines of `module` that the file `path` names the schedules it has
/// for them. Fails with a diagnostic in the file.
LogicalResult applySchedules(ModuleOp module, StringRef path);

} // namespace mlir::eke

#endif // EKE_PASSES_SCHEDULES_APPLYSCHEDULES_H
