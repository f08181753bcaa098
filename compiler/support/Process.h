//===- Process.h - Running a program to its end -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_PROCESS_H
#define EKE_COMPILER_SUPPORT_PROCESS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// What a program that ran to its end has said.
struct ProcessOutput {
  std::string output, errors;
};

/// Runs the program `words[0]`, a path or a name in the PATH, with the others as its
/// arguments. It has no input and an empty environment, so that two runs are equal.
/// If it fails, the error is the last line that it wrote to standard error or, if it
/// wrote none, how it ended. It ends with this process, and so does what it starts.
llvm::Expected<ProcessOutput> runProcess(llvm::ArrayRef<std::string> words);

/// Runs a tool, which has our environment. If it fails, the error is all that it wrote
/// or, if it wrote nothing, how it ended.
llvm::Error runTool(llvm::ArrayRef<llvm::StringRef> words);

/// The last line of what a program wrote to standard error; `otherwise` if it wrote
/// nothing.
std::string getReason(llvm::StringRef errors, const llvm::Twine &otherwise);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_PROCESS_H
