//===- Register.h - Every dialect and pass of the tools ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_REGISTER_H
#define EKE_COMPILER_PIPELINE_REGISTER_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::eke {

/// Adds the dialects that a module may hold at any phase, with the interfaces
/// that the passes ask of them.
void registerDialects(DialectRegistry &registry);

/// Makes Eke's passes and phases, and upstream's passes on linalg and on any IR,
/// known to the command line.
void registerPasses();

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_REGISTER_H
