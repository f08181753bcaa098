//===- Compress.h - The command `eke compress` ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_COMPRESS_H
#define EKE_COMPILER_DRIVER_COMPRESS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::eke {

/// Runs `eke compress` with the arguments behind the command's name. `program` is the
/// path of the running program. Returns the exit code.
int runCompress(llvm::ArrayRef<llvm::StringRef> args, llvm::StringRef program);

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_COMPRESS_H
