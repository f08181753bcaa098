//===- OutputFile.h - Files that are complete or not there ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_OUTPUTFILE_H
#define EKE_COMPILER_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace mlir::eke {

/// A file that appears under its name complete or not at all: until it is kept, it has
/// another name in the same folder, under which it vanishes with the process. Of a
/// symbolic link, the file it leads to is replaced. A device, a FIFO or one of this
/// process's descriptors, as `/dev/stdout`, is written to when it is kept.
class OutputFile {
public:
  /// Prepares the file that will be `path`; `role` says what it is for this command,
  /// which can write a file again in the same role, but in no other.
  static llvm::Expected<OutputFile> create(llvm::StringRef path,
                                           llvm::StringRef role);

  OutputFile(OutputFile &&other);
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  llvm::Error write(llvm::StringRef contents);
  /// The contents and, of a program, that it may be executed.
  llvm::Error copy(llvm::StringRef file);

  /// Gives the file its name.
  llvm::Error keep();

private:
  OutputFile() = default;
  llvm::Error fail(const llvm::Twine &reason) const;
  llvm::Error fail(std::error_code error) const;
  llvm::Error open();
  llvm::Error copyContents(llvm::StringRef from);
  llvm::Error checkTarget() const;
  void discard();

  /// As the user wrote it, where that leads to, and where it is until then.
  std::string path, target, temporary;
  std::string role;
  /// The temporary file, or what is written to directly; -1: it is closed.
  int file = -1;
  bool isDirect = false;
};

/// Can the file be written, as far as that shows before? The error says why not.
llvm::Error checkOutput(llvm::StringRef path, llvm::StringRef role);

/// Writes the file `path` or, for "-", standard output.
llvm::Error writeOutput(llvm::StringRef path, llvm::StringRef role,
                        llvm::StringRef contents);

/// The same with the contents of another file.
llvm::Error copyOutput(llvm::StringRef path, llvm::StringRef role,
                       llvm::StringRef file);

/// Writes what `llvm::outs()` still holds. The error says that it was not all written.
llvm::Error finishStandardOutput();

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_OUTPUTFILE_H
