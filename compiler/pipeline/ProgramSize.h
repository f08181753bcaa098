//===- ProgramSize.h - Whether a program can be linked ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_PROGRAMSIZE_H
#define EKE_COMPILER_PIPELINE_PROGRAMSIZE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// Fails if weights, states and arena, as far as the phases so far have placed them, are
/// larger than what code reaches on the target: a linker would say so at the very end. A
/// program reserves states and arena when it starts, so that only weights count.
llvm::Error checkProgramSize(ModuleOp module, bool isProgram);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_PROGRAMSIZE_H
