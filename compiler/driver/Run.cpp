//===- Run.cpp - The command `eke run` ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model, options, compiler --digest--> CACHE/eke/programs/DIGEST/NAME
//     is it there? if not, `eke compile` makes it; then it takes the place of this process
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Run.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/driver/ProgramCache.h"
#include "compiler/frontend/Input.h"
#include "compiler/frontend/Model.h"
#include "compiler/frontend/Tokenizer.h"
#include "compiler/pipeline/LoadModule.h"
#include "compiler/support/CacheFolder.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/RuntimeFolder.h"
#include "compiler/support/Version.h"
#include "compiler/targets/Targets.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <unistd.h>

namespace mlir::eke {
namespace {

namespace fs = llvm::sys::fs;

struct RunRequest {
  ModelRequest model;
  /// How many megabytes of programs are kept.
  uint64_t cacheLimit = 20000;
  /// What `eke compile` is told besides the model, and the program.
  std::vector<StringRef> compileArgs;
  std::vector<std::string> programArgs;
};

/// A program, and the place where it is kept.
struct FoundProgram {
  CachedProgram place;
  std::string path;
};

constexpr llvm::StringLiteral kLimitOption = "cache-limit";

/// What makes a program another one.
class ProgramKey {
public:
  void add(StringRef text) {
    uint64_t size = text.size();
    digest.update(llvm::ArrayRef(reinterpret_cast<uint8_t *>(&size), 8));
    digest.update(text);
  }

  llvm::Error addFile(StringRef path) {
    auto file = openInput(path);
    if (!file)
      return file.takeError();
    add((*file)->getBuffer());
    return llvm::Error::success();
  }

  /// A file that belongs to the compiler: it is another one when it was made anew.
  llvm::Error addPart(StringRef path) {
    fs::file_status status;
    if (std::error_code error = fs::status(path, status))
      return llvm::createStringError(error, path + ": " + error.message());
    add(path);
    add(std::to_string(status.getSize()));
    add(std::to_string(
        status.getLastModificationTime().time_since_epoch().count()));
    return llvm::Error::success();
  }

  std::string print() { return llvm::toHex(digest.final<16>(), true); }

private:
  llvm::BLAKE3 digest;
};

llvm::Error addCompiler(StringRef compiler, ProgramKey &key) {
  key.add(getVersion());
  if (llvm::Error error = key.addPart(compiler))
    return error;
  std::string folder = getRuntimeFolder(compiler);
  std::vector<std::string> parts;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; at != end && !error;
       at.increment(error))
    parts.push_back(at->path());
  llvm::sort(parts);
  for (const std::string &part : parts)
    if (llvm::Error error = key.addPart(part))
      return error;
  return llvm::Error::success();
}

/// What the options say, and the contents of files that they name.
llvm::Error addOptions(const RunRequest &request, ProgramKey &key) {
  const CompileOptions &options = request.model.compile;
  for (StringRef argument : request.compileArgs)
    key.add(argument);
  auto target =
      findTargetProfile(options.target.empty() ? "host" : options.target);
  if (!target)
    return target.takeError();
  key.add(target->SerializeAsString());
  for (const std::string &file : options.listFiles())
    if (llvm::Error error = key.addFile(file))
      return error;
  return llvm::Error::success();
}

llvm::Error addModel(const ModelDescription &description, ProgramKey &key) {
  key.add(description.model.SerializeAsString());
  std::vector<std::string> files(description.model.weight_files().begin(),
                                 description.model.weight_files().end());
  const std::string &tokenizer = description.model.vocabulary().tokenizer();
  if (!tokenizer.empty())
    files.push_back(tokenizer);
  for (const std::string &name : files) {
    std::string path = resolvePath(description.directory, name);
    std::vector<std::string> parts = {path};
    if (name == tokenizer)
      parts = listTokenizerFiles(path);
    for (const std::string &part : parts)
      if (llvm::Error error = key.addFile(part))
        return error;
  }
  return llvm::Error::success();
}

/// The options that `eke compile` has as well.
std::vector<StringRef> listCompileArgs(ArrayRef<StringRef> args) {
  std::vector<StringRef> list;
  while (!args.empty()) {
    StringRef arg = args.consume_front(), name = arg;
    if (!name.consume_front("--") || name.split('=').first != kLimitOption)
      list.push_back(arg);
    else if (!name.contains('='))
      args = args.drop_front(); // its value
  }
  return list;
}

/// Where the program of the model is, or will be.
llvm::Expected<FoundProgram> findProgram(const RunRequest &request,
                                         StringRef compiler) {
  const std::string &model = request.model.compile.model;
  if (isModuleFile(model))
    return llvm::createStringError(
        model + ": is a module; expected a folder, a GGUF file or a "
                "description, or 'eke compile'");
  auto description = loadModel(model, request.model.compile.chat);
  if (!description)
    return description.takeError();
  ProgramKey key;
  if (llvm::Error error = addCompiler(compiler, key))
    return std::move(error);
  if (llvm::Error error = addOptions(request, key))
    return std::move(error);
  if (llvm::Error error = addModel(*description, key))
    return std::move(error);
  auto folder = makeCacheFolder("programs");
  if (!folder)
    return folder.takeError();
  auto place = CachedProgram::open(*folder, key.print());
  if (!place)
    return place.takeError();
  std::string path = place->getPath(description->model.name());
  return FoundProgram{std::move(*place), path};
}

/// Makes the program; returns the exit code.
int compileProgram(const RunRequest &request, StringRef path,
                   StringRef compiler) {
  llvm::errs() << "eke: compiling " << path << "\n";
  std::vector<StringRef> words = {compiler, "compile"};
  words.insert(words.end(), request.compileArgs.begin(),
               request.compileArgs.end());
  words.insert(words.end(), {request.model.compile.model, "-o", path});
  std::string error;
  int code = llvm::sys::ExecuteAndWait(compiler, words, std::nullopt, {},
                                       /*SecondsToWait=*/0,
                                       /*MemoryLimit=*/0, &error);
  if (code < 0)
    return reportFailure(
        llvm::createStringError(std::make_error_code(std::errc::io_error),
                                "cannot compile the model: " + error));
  return code;
}

/// Becomes the program.
int become(const std::string &path, const std::vector<std::string> &args) {
  std::vector<char *> words = {const_cast<char *>(path.c_str())};
  for (const std::string &argument : args)
    words.push_back(const_cast<char *>(argument.c_str()));
  words.push_back(nullptr);
  execv(path.c_str(), words.data());
  std::error_code error(errno, std::generic_category());
  return reportFailure(
      llvm::createStringError(error, path + ": " + error.message()));
}

} // namespace

int runRun(ArrayRef<StringRef> args, StringRef program) {
  RunRequest request;
  Command command{"run", "MODEL",
                  "Compiles a model for this machine, unless that was done "
                  "before, and runs the program with\nthe arguments behind "
                  "MODEL. Programs are kept in $XDG_CACHE_HOME/eke, or "
                  "~/.cache/eke;\nwhen they take more than --cache-limit, "
                  "those go that were not run for longest.",
                  &request.model.compile.model};
  command.rest = &request.programArgs;
  command.add(listModelOptions(request.model));
  command.add(listScheduleOptions(request.model.compile));
  command.add({numberOption(
      kLimitOption,
      "megabytes that programs may take that are kept; this one stays anyway",
      0, std::numeric_limits<uint32_t>::max(), request.cacheLimit)});
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (llvm::Error error = checkModelOptions(request.model))
    return reportFailure(std::move(error));
  request.compileArgs =
      listCompileArgs(args.drop_back(request.programArgs.size() + 1));
  auto found = findProgram(request, program);
  if (!found)
    return reportFailure(found.takeError());
  if (!fs::can_execute(found->path)) {
    if (int code = compileProgram(request, found->path, program))
      return code;
    found->place.trimOthers(request.cacheLimit * 1000000);
  }
  return become(found->path, request.programArgs);
}

} // namespace mlir::eke
