//===- TemporaryFile.h - A file for one run ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_TEMPORARYFILE_H
#define EKE_COMPILER_SUPPORT_TEMPORARYFILE_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

/// An empty file in the folder for temporary files; gone with this object, and
/// on a signal.
class TemporaryFile {
public:
  static llvm::Expected<TemporaryFile> create(llvm::StringRef kind) {
    TemporaryFile file;
    if (std::error_code error =
            llvm::sys::fs::createTemporaryFile("eke", kind, file.path))
      return llvm::createStringError("cannot create a temporary file: " +
                                     error.message());
    llvm::sys::RemoveFileOnSignal(file.path);
    file.remover = std::make_unique<llvm::FileRemover>(file.path);
    return std::move(file);
  }

  llvm::StringRef getPath() const { return path; }

  llvm::Error write(llvm::StringRef contents) const {
    std::error_code error;
    llvm::raw_fd_ostream os(path, error);
    if (!error) {
      os << contents;
      os.close();
      error = os.error();
      os.clear_error();
    }
    if (!error)
      return llvm::Error::success();
    return llvm::createStringError("cannot write '" + path.str() +
                                   "': " + error.message());
  }

private:
  TemporaryFile() = default;
  llvm::SmallString<128> path;
  std::unique_ptr<llvm::FileRemover> remover;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_TEMPORARYFILE_H
