//===- Recipes.h - Schedules by kind of pipeline ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LOWER_RECIPES_H
#define EKE_PASSES_LOWER_RECIPES_H

#include "dialects/eke/EkeDialect.h"
#include "dialects/halide/HalideDialect.h"

namespace mlir::eke {

/// The schedule that the library of recipes has for `pipeline` on `target` (null:
/// 128-bit vectors). Every pipeline has one; it may be empty.
ArrayAttr chooseSchedule(halide::PipelineOp pipeline, TargetAttr target);

} // namespace mlir::eke

#endif // EKE_PASSES_LOWER_RECIPES_H
