//===- RunJSON.cpp - Running a program for its statistics -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/RunJSON.h"

#include "compiler/support/TemporaryFile.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

llvm::Expected<llvm::json::Object>
runForStatistics(StringRef path, llvm::ArrayRef<std::string> launcher,
                 llvm::ArrayRef<std::string> args, StringRef name) {
  auto statistics = TemporaryFile::create("statistics");
  if (!statistics)
    return statistics.takeError();
  llvm::SmallVector<StringRef> words(launcher.begin(), launcher.end());
  words.push_back(path);
  words.append(args.begin(), args.end());
  words.append({"--stats", statistics->getPath()});
  auto found = llvm::sys::findProgramByName(words[0]);
  if (!found)
    return createStringError("cannot find '" + words[0] + "', which runs " +
                             name + "; expected it in the PATH");
  const std::optional<StringRef> redirects[] = {"", "", ""};
  int status =
      llvm::sys::ExecuteAndWait(*found, words, std::nullopt, redirects);
  auto text = llvm::MemoryBuffer::getFile(statistics->getPath());
  auto json = llvm::json::parse(text ? (*text)->getBuffer() : "");
  if (!json) {
    llvm::consumeError(json.takeError());
  } else if (llvm::json::Object *object = json->getAsObject();
             object && status == 0) {
    return std::move(*object);
  }
  return createStringError(name + ": does not run: exit status " +
                           llvm::Twine(status));
}

} // namespace mlir::eke
