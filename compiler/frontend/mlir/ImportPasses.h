//===- ImportPasses.h - Passes on modules of other tools --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_MLIR_IMPORTPASSES_H
#define EKE_COMPILER_FRONTEND_MLIR_IMPORTPASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::eke {

#define GEN_PASS_DECL
#include "compiler/frontend/mlir/ImportPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/frontend/mlir/ImportPasses.h.inc"

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_MLIR_IMPORTPASSES_H
