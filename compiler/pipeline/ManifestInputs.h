//===- ManifestInputs.h - What a program is made of -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_MANIFESTINPUTS_H
#define EKE_COMPILER_PIPELINE_MANIFESTINPUTS_H

#include "codegen/llvm/Manifest.h"
#include "compiler/pipeline/Compilation.h"

namespace mlir::eke {

/// The files that `module` comes from, in order of their names: the model, its
/// tokenizer, its weights, and the schedules and the target that `options` name.
llvm::Expected<std::vector<ManifestInput>>
listManifestInputs(ModuleOp module, const CompileOptions &options);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_MANIFESTINPUTS_H
