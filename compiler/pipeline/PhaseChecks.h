//===- PhaseChecks.h - What phases establish --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each check walks the module once, and reports the first op that is not as its
// phase leaves it.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_PHASECHECKS_H
#define EKE_COMPILER_PIPELINE_PHASECHECKS_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::eke {

/// Of every module: its ops, their attributes and types are of dialects that are known.
LogicalResult checkKnown(ModuleOp module);
/// `graph`: models, blocks and layers have static shapes.
LogicalResult checkShapes(ModuleOp module);
/// Of every module: no tensor is larger than any memory.
LogicalResult checkSizes(ModuleOp module);
/// `format`: every weight that may have a format has one.
LogicalResult checkFormats(ModuleOp module);
/// `memory`: weights and states have places, and the module their bytes.
LogicalResult checkPlaces(ModuleOp module);
/// `linalg`: of the eke dialect, only weights and states are left.
LogicalResult checkLayers(ModuleOp module);
/// `schedules`: pipelines have schedules.
LogicalResult checkSchedules(ModuleOp module);
/// `buffers`: outside of pipelines and kernels, nothing is a tensor and nothing is
/// allocated.
LogicalResult checkBuffers(ModuleOp module);
/// `kernels`: pipelines are calls.
LogicalResult checkPipelines(ModuleOp module);
/// `llvm`: all but weights, states and kernels is of the LLVM dialect.
LogicalResult checkDialects(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_PHASECHECKS_H
