//===- PipelineBuilder.h - From a group of ops to a pipeline ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_PIPELINEBUILDER_H
#define EKE_PASSES_PIPELINES_PIPELINEBUILDER_H

#include "passes/pipelines/Group.h"

namespace mlir::eke {

/// Moves the ops of `group` into a `halide.pipeline` called `name`, which stands where
/// the last of them stood. Gives each stage a name of its own.
void buildPipeline(const Group &group, StringRef name);

} // namespace mlir::eke

#endif // EKE_PASSES_PIPELINES_PIPELINEBUILDER_H
