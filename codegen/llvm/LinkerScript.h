//===- LinkerScript.h - Where a program without a system lies ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_LINKERSCRIPT_H
#define EKE_CODEGEN_LLVM_LINKERSCRIPT_H

#include "dialects/eke/EkeDialect.h"

#include "llvm/Support/Error.h"

namespace mlir::eke {

/// The linker script of a program for `target`, from its memories. `reservedBytes` are those
/// that the program takes when it starts, beside what is linked. Fails if the target's profile does not
/// say where a memory begins.
llvm::Expected<std::string> writeLinkerScript(TargetAttr target,
                                              int64_t reservedBytes);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_LINKERSCRIPT_H
