//===- TemporaryFolder.h - A folder for one purpose -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_TEMPORARYFOLDER_H
#define EKE_COMPILER_SUPPORT_TEMPORARYFOLDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// A folder for files that nobody needs later; gone with this object, and however the
/// process ends. All of a process are in one folder, in that for temporary files.
class TemporaryFolder {
public:
  static llvm::Expected<TemporaryFolder> create();
  TemporaryFolder(TemporaryFolder &&other);
  TemporaryFolder &operator=(TemporaryFolder &&other);
  ~TemporaryFolder();

  /// Where the file `name` is, or will be.
  std::string getPath(llvm::StringRef name) const;

  llvm::Error write(llvm::StringRef name, llvm::StringRef contents);

  /// What is in the file; nothing if there is none.
  std::string read(llvm::StringRef name) const;

private:
  TemporaryFolder() = default;
  void remove();

  std::string path; // empty: another object has it
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_TEMPORARYFOLDER_H
