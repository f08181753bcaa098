//===- RuntimeFolder.h - What lies beside the compiler ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_RUNTIMEFOLDER_H
#define EKE_COMPILER_SUPPORT_RUNTIMEFOLDER_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::eke {

/// The folder of the runtime and of what else lies beside `program`, the path of
/// the running compiler.
std::string getRuntimeFolder(llvm::StringRef program);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_RUNTIMEFOLDER_H
