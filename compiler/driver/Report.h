//===- Report.h - The command `eke report` ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_REPORT_H
#define EKE_COMPILER_DRIVER_REPORT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::eke {

/// Reads `args`, reports; returns the exit code. `program` is the path of the compiler.
int runReport(llvm::ArrayRef<llvm::StringRef> args, llvm::StringRef program);

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_REPORT_H
