//===- RuntimeFolder.cpp - What lies beside the compiler ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/RuntimeFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {

std::string getRuntimeFolder(llvm::StringRef program) {
  llvm::SmallString<128> folder(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(program)));
  llvm::sys::path::append(folder, "lib", "eke");
  return folder.str().str();
}

} // namespace mlir::eke
