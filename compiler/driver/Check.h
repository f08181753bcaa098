//===- Check.h - The command `eke check` ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_CHECK_H
#define EKE_COMPILER_DRIVER_CHECK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::eke {

/// Reads `args`, checks; returns the exit code. `program` is the path of the compiler.
int runCheck(llvm::ArrayRef<llvm::StringRef> args, llvm::StringRef program);

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_CHECK_H
