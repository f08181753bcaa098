//===- Run.h - The command `eke run` ----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_RUN_H
#define EKE_COMPILER_DRIVER_RUN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::eke {

/// Runs `eke run` with the arguments behind the command's name. `program` is the
/// path of the running program. Returns the exit code, if the program of the model does
/// not take the place of this one.
int runRun(llvm::ArrayRef<llvm::StringRef> args, llvm::StringRef program);

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_RUN_H
