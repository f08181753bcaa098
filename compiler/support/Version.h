//===- Version.h - The version of the compiler ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_VERSION_H
#define EKE_COMPILER_SUPPORT_VERSION_H

#include "llvm/ADT/StringRef.h"

namespace mlir::eke {

/// The version of the compiler: "0.1.0".
llvm::StringRef getVersion();

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_VERSION_H
