//===- TemporaryFolder.h - A folder for one run -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_TEMPORARYFOLDER_H
#define EKE_COMPILER_SUPPORT_TEMPORARYFOLDER_H

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// A folder for files that nobody needs later; gone with this object, and its files
/// also on a signal.
class TemporaryFolder {
public:
  static llvm::Expected<TemporaryFolder> create();
  TemporaryFolder(TemporaryFolder &&other);
  TemporaryFolder &operator=(TemporaryFolder &&other);
  ~TemporaryFolder();

  /// Where the file `name` is, or will be.
  std::string getPath(llvm::StringRef name);

  llvm::Error write(llvm::StringRef name, llvm::StringRef contents);

  /// What is in the file; nothing if there is none.
  std::string read(llvm::StringRef name);

private:
  TemporaryFolder() = default;
  void remove();

  std::string path; // empty: another object has it
  llvm::StringSet<> files;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_TEMPORARYFOLDER_H
