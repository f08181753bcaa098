//===- RunFolder.h - The files of one run of a program ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_RUNFOLDER_H
#define EKE_COMPILER_METER_RUNFOLDER_H

#include "compiler/meter/Program.h"

#include "llvm/ADT/SmallString.h"

namespace mlir::eke::profile {

/// A folder for the files of one run; gone with it.
class RunFolder {
public:
  /// The prompt, and what the program says on standard error.
  static constexpr const char *prompt = "prompt", *log = "log";

  static llvm::Expected<RunFolder> create();
  RunFolder(RunFolder &&other) { std::swap(path, other.path); }
  ~RunFolder();

  std::string getPath(llvm::StringRef name) const;

  llvm::Error write(llvm::StringRef name, llvm::StringRef contents) const;

  /// Writes a prompt that the program reads as so many tokens.
  llvm::Error writePrompt(const Program &program, uint64_t tokens) const;

  /// The last line of the log, which says why there is no more; `otherwise` if
  /// there is none.
  std::string getReason(const std::string &otherwise) const;

private:
  RunFolder() = default;
  llvm::SmallString<128> path;
};

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_RUNFOLDER_H
