//===- Link.h - Objects to files that people use ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_LINK_H
#define EKE_CODEGEN_LLVM_LINK_H

#include "dialects/eke/EkeDialect.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>

namespace mlir::eke {

/// A file that appears under its name complete or not at all. Until it is kept
/// it has another name in the same folder; it vanishes if it is not kept, also
/// on a signal.
class PendingFile {
public:
  /// Creates the file that will be `path`.
  static llvm::Expected<PendingFile> create(llvm::StringRef path);

  PendingFile(PendingFile &&other);
  PendingFile &operator=(PendingFile &&) = delete;
  ~PendingFile();

  /// The name it has now, for programs that write it.
  llvm::StringRef getTemporaryPath() const { return file.TmpName; }

  /// Calls `write` with a stream to the file, and closes the stream.
  llvm::Error
  write(llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write);

  /// Gives the file its name.
  llvm::Error keep();

private:
  PendingFile(llvm::StringRef path, llvm::sys::fs::TempFile file)
      : path(path), file(std::move(file)) {}

  std::string path;
  llvm::sys::fs::TempFile file;
};

/// Writes `text` to the file `path`, which appears complete or not at all, or
/// to standard output for "-".
llvm::Error writeText(llvm::StringRef path, llvm::StringRef text);

/// Links `objects`, the C library and libm to a static executable at a fixed
/// address, without what nothing refers to.
llvm::Error linkExecutable(TargetAttr target,
                           llvm::ArrayRef<llvm::StringRef> objects,
                           llvm::StringRef output);

/// Makes one relocatable object of `objects`.
llvm::Error linkObject(llvm::ArrayRef<llvm::StringRef> objects,
                       llvm::StringRef output);

/// Makes a static library of `objects`, whose members are called `names`.
llvm::Error writeLibrary(llvm::ArrayRef<llvm::StringRef> objects,
                         llvm::ArrayRef<llvm::StringRef> names,
                         llvm::StringRef output);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_LINK_H
