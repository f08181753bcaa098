//===- Process.cpp - Running a program to its end -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Process.h"

#include "compiler/support/TemporaryFolder.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Program.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

std::string getReason(StringRef errors, const llvm::Twine &otherwise) {
  errors = errors.trim();
  if (errors.empty())
    return otherwise.str();
  StringRef last = errors.rsplit('\n').second;
  return (last.empty() ? errors : last).str();
}

llvm::Expected<ProcessOutput> runProcess(llvm::ArrayRef<std::string> words) {
  llvm::ErrorOr<std::string> program =
      llvm::sys::findProgramByName(words.front());
  if (!program)
    return createStringError("cannot find '" + words.front() + "'");
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string output = folder->getPath("output"),
              errors = folder->getPath("errors"), problem;
  const std::optional<StringRef> redirects[] = {"", output, errors};
  llvm::SmallVector<StringRef> args(words.begin(), words.end());
  int status = llvm::sys::ExecuteAndWait(
      *program, args, llvm::ArrayRef<StringRef>(), redirects,
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &problem);
  ProcessOutput said{folder->read("output"), folder->read("errors")};
  if (status == 0)
    return std::move(said);
  if (problem.empty())
    problem = "exit status " + std::to_string(status);
  return createStringError(getReason(said.errors, problem));
}

} // namespace mlir::eke
