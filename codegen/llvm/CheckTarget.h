//===- CheckTarget.h - Whether LLVM knows a target --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_CHECKTARGET_H
#define EKE_CODEGEN_LLVM_CHECKTARGET_H

#include "dialects/eke/EkeDialect.h"

#include "llvm/Support/Error.h"

namespace mlir::eke {

/// Fails if LLVM has no back end for the target's triple, or does not know its CPU or one of
/// its features; about features, LLVM itself only prints so. The error names the field.
llvm::Error checkTarget(TargetAttr target);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_CHECKTARGET_H
