//===- Score.cpp - What a program says of a text --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Score.h"

#include "compiler/support/TemporaryFile.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

/// Long enough for steps of several rows and of one.
static constexpr llvm::StringLiteral text =
    "The quick brown fox jumps over the lazy dog, and 12 others do not.\n";

llvm::Expected<double> scoreProgram(StringRef path,
                                    llvm::ArrayRef<std::string> launcher,
                                    StringRef name) {
  auto input = TemporaryFile::create("text"),
       output = TemporaryFile::create("score");
  if (!input)
    return llvm::joinErrors(input.takeError(), output.takeError());
  if (!output)
    return output.takeError();
  if (llvm::Error error = input->write(text))
    return std::move(error);
  llvm::SmallVector<StringRef> args(launcher.begin(), launcher.end());
  args.append({path, "--score", input->getPath()});
  auto found = llvm::sys::findProgramByName(args[0]);
  if (!found)
    return createStringError("cannot find '" + args[0] + "', which runs " +
                             name + "; expected it in the PATH");
  const std::optional<StringRef> redirects[] = {"", output->getPath(), ""};
  int status = llvm::sys::ExecuteAndWait(*found, args, std::nullopt, redirects);
  auto said = llvm::MemoryBuffer::getFile(output->getPath());
  auto json = llvm::json::parse(said ? (*said)->getBuffer() : "");
  const llvm::json::Object *object = json ? json->getAsObject() : nullptr;
  std::optional<double> nats;
  if (!json)
    llvm::consumeError(json.takeError());
  else if (object)
    nats = object->getNumber("nats_per_token");
  if (status == 0 && nats)
    return *nats;
  return createStringError(name + ": does not score a text: exit status " +
                           llvm::Twine(status));
}

} // namespace mlir::eke
