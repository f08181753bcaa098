//===- Remarks.h - Remarks of LLVM's passes as MLIR's -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_REMARKS_H
#define EKE_CODEGEN_LLVM_REMARKS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/LLVMContext.h"

namespace mlir::eke {

/// Makes what our passes on LLVM IR in `context` remark a remark of MLIR, at the
/// function of that name in `module`. Does nothing where nobody asked for remarks.
void forwardRemarks(llvm::LLVMContext &context, ModuleOp module);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_REMARKS_H
