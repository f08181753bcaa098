//===- OutputFile.cpp - Files that are complete or not there --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/OutputFile.h"

#include "compiler/support/OutputTarget.h"
#include "compiler/support/Protection.h"
#include "dialects/eke/InputFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = llvm::sys::fs;
using llvm::Error;
using llvm::StringRef;

namespace mlir::eke {

static Error cannotWrite(StringRef path, const llvm::Twine &reason,
                         std::error_code error) {
  return llvm::createStringError(error,
                                 "cannot write '" + path + "': " + reason);
}

Error OutputFile::fail(const llvm::Twine &reason) const {
  return cannotWrite(path, reason, llvm::inconvertibleErrorCode());
}

Error OutputFile::fail(std::error_code error) const {
  return cannotWrite(path, error.message(), error);
}

/// The roles of the files that this process has written.
static llvm::StringMap<std::string> &getRoles() {
  static llvm::StringMap<std::string> roles;
  return roles;
}

/// An output replaces no input, and no other output of the same command.
Error OutputFile::checkTarget() const {
  fs::UniqueID id;
  if (!isDirect && !fs::getUniqueID(target, id) && isInput(id))
    return fail("it is an input of this command");
  auto known = getRoles().find(target);
  if (!isDirect && known != getRoles().end() && known->second != role)
    return fail("it is " + known->second + " of this command, and not " + role);
  return Error::success();
}

llvm::Expected<OutputFile> OutputFile::create(StringRef path, StringRef role) {
  OutputFile output;
  output.path = path.str();
  output.role = role.str();
  llvm::Expected<OutputTarget> target = findOutputTarget(path);
  if (!target)
    return output.fail(llvm::errorToErrorCode(target.takeError()));
  output.target = target->path;
  output.isDirect = target->kind == OutputTarget::Direct;
  output.file = target->descriptor;
  if (target->kind == OutputTarget::Folder)
    return output.fail("it is a directory");
  if (Error error = output.checkTarget())
    return std::move(error);
  if (!output.isDirect)
    if (Error error = output.open())
      return std::move(error);
  return std::move(output);
}

/// Opens the temporary file.
Error OutputFile::open() {
  LeftoverGuard guard;
  // Not a part of the name, which may be as long as names can be.
  llvm::SmallString<256> model(llvm::sys::path::parent_path(target)), name;
  llvm::sys::path::append(model, "eke-%%%%%%%%.tmp");
  for (int tries = 0; tries < 100 && file < 0; ++tries) {
    fs::createUniquePath(model, name, /*MakeAbsolute=*/false);
    file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno != EEXIST)
      break;
  }
  if (file < 0)
    return fail(llvm::errnoAsErrorCode());
  temporary = name.str().str();
  if (guard.addFile(temporary.c_str()))
    return Error::success();
  unlink(temporary.c_str());
  temporary.clear();
  return fail("too many files are written at once");
}

OutputFile::OutputFile(OutputFile &&other)
    : path(std::move(other.path)), target(std::move(other.target)),
      temporary(std::move(other.temporary)), role(std::move(other.role)),
      file(std::exchange(other.file, -1)), isDirect(other.isDirect) {
  other.temporary.clear();
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() {
  if (file >= 0)
    close(file);
  file = -1;
  if (temporary.empty())
    return;
  LeftoverGuard guard;
  unlink(temporary.c_str());
  guard.dropFile(temporary.c_str());
  temporary.clear();
}

/// Writes all of `contents`, or says why that is impossible.
static std::error_code writeAll(int file, StringRef contents) {
  while (!contents.empty()) {
    ssize_t written = ::write(file, contents.data(),
                              std::min<size_t>(contents.size(), 1 << 30));
    if (written < 0 && errno == EAGAIN) {
      pollfd wait{file, POLLOUT, 0};
      poll(&wait, 1, /*timeout=*/-1);
    } else if (written < 0 && errno != EINTR) {
      return llvm::errnoAsErrorCode();
    }
    if (written > 0)
      contents = contents.drop_front(written);
  }
  return {};
}

Error OutputFile::write(StringRef contents) {
  // A FIFO may have to wait for its reader here.
  if (file < 0)
    file = ::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0)
    return fail(llvm::errnoAsErrorCode());
  if (std::error_code error = writeAll(file, contents))
    return fail(error);
  return Error::success();
}

/// In large pieces that are in memory: of a file that is written from the mapping of another
/// one, Linux caches small pages, and a program then reads its weights at two thirds of the
/// speed until they are read from the disk.
Error OutputFile::copyContents(StringRef from) {
  auto input = fs::openNativeFileForRead(from);
  if (!input)
    return fail(llvm::errorToErrorCode(input.takeError()));
  auto close = llvm::scope_exit([&] { (void)fs::closeFile(*input); });
  std::vector<char> piece(1 << 20);
  while (true) {
    llvm::Expected<size_t> size = fs::readNativeFile(*input, piece);
    if (!size)
      return fail(llvm::errorToErrorCode(size.takeError()));
    if (Error error = write(StringRef(piece.data(), *size)))
      return error;
    if (*size == 0)
      return Error::success();
  }
}

Error OutputFile::copy(StringRef from) {
  if (Error error = copyContents(from))
    return error;
  struct stat status;
  if (isDirect || stat(from.str().c_str(), &status) != 0)
    return Error::success();
  mode_t executable = status.st_mode & 0111;
  if (executable && fstat(file, &status) == 0)
    fchmod(file, (status.st_mode & 0777) | executable);
  return Error::success();
}

Error OutputFile::keep() {
  // Some file systems say only now that there is no room.
  if (file >= 0 && close(std::exchange(file, -1)) != 0)
    return fail(llvm::errnoAsErrorCode());
  if (Error error = checkTarget())
    return error;
  if (isDirect)
    return Error::success();
  LeftoverGuard guard;
  if (rename(temporary.c_str(), target.c_str()) != 0)
    return fail(llvm::errnoAsErrorCode());
  guard.dropFile(temporary.c_str());
  temporary.clear();
  getRoles()[target] = role;
  return Error::success();
}

Error checkOutput(StringRef path, StringRef role) {
  if (path == "-")
    return Error::success();
  return OutputFile::create(path, role).takeError();
}

static Error writeStandardOutput(StringRef contents) {
  llvm::outs() << contents;
  return finishStandardOutput();
}

Error finishStandardOutput() {
  llvm::outs().flush();
  std::error_code error = llvm::outs().error();
  llvm::outs().clear_error();
  if (!error)
    return Error::success();
  return llvm::createStringError(error, "cannot write to standard output: " +
                                            error.message());
}

Error writeOutput(StringRef path, StringRef role, StringRef contents) {
  if (path == "-")
    return writeStandardOutput(contents);
  auto file = OutputFile::create(path, role);
  if (!file)
    return file.takeError();
  if (Error error = file->write(contents))
    return error;
  return file->keep();
}

Error copyOutput(StringRef path, StringRef role, StringRef from) {
  if (path == "-") {
    auto buffer = llvm::MemoryBuffer::getFile(from, /*IsText=*/false,
                                              /*RequiresNullTerminator=*/false);
    if (!buffer)
      return llvm::errorCodeToError(buffer.getError());
    return writeStandardOutput((*buffer)->getBuffer());
  }
  auto file = OutputFile::create(path, role);
  if (!file)
    return file.takeError();
  if (Error error = file->copy(from))
    return error;
  return file->keep();
}

} // namespace mlir::eke
