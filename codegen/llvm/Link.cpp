//===- Link.cpp - Objects to files that people use ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Link.h"

#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

namespace fs = llvm::sys::fs;

namespace mlir::eke {

//===----------------------------------------------------------------------===//
// PendingFile
//===----------------------------------------------------------------------===//

static llvm::Error cannotWrite(StringRef path, const llvm::Twine &reason) {
  return llvm::createStringError("cannot write '" + path + "': " + reason);
}

llvm::Expected<PendingFile> PendingFile::create(StringRef path) {
  if (fs::is_directory(path))
    return cannotWrite(path, "it is a directory");
  // It would be replaced, not written to.
  if (fs::exists(path) && !fs::is_regular_file(path))
    return cannotWrite(path, "it is not a regular file");
  llvm::Expected<fs::TempFile> file =
      fs::TempFile::create(path + "-%%%%%%%%.tmp");
  if (!file)
    return cannotWrite(path,
                       llvm::errorToErrorCode(file.takeError()).message());
  return PendingFile(path, std::move(*file));
}

PendingFile::PendingFile(PendingFile &&other)
    : path(std::move(other.path)), file(std::move(other.file)) {}

PendingFile::~PendingFile() { llvm::consumeError(file.discard()); }

llvm::Error PendingFile::write(
    llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write) {
  std::error_code openError;
  llvm::raw_fd_ostream os(file.TmpName, openError);
  if (openError)
    return cannotWrite(path, openError.message());
  llvm::Error error = write(os);
  os.close();
  if (os.has_error()) {
    std::error_code writeError = os.error();
    os.clear_error();
    llvm::consumeError(std::move(error));
    return cannotWrite(path, writeError.message());
  }
  return error;
}

llvm::Error PendingFile::keep() {
  if (llvm::Error error = file.keep(path))
    return cannotWrite(path,
                       llvm::errorToErrorCode(std::move(error)).message());
  return llvm::Error::success();
}

llvm::Error writeText(StringRef path, StringRef text) {
  if (path == "-") {
    llvm::outs() << text;
    llvm::outs().flush();
    return llvm::Error::success();
  }
  auto file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  llvm::Error error = file->write([&](llvm::raw_pwrite_stream &os) {
    os << text;
    return llvm::Error::success();
  });
  if (error)
    return error;
  return file->keep();
}

//===----------------------------------------------------------------------===//
// Other programs
//===----------------------------------------------------------------------===//

/// The program at `configured`, or the first of `names` in the PATH.
static llvm::Expected<std::string> findTool(StringRef configured,
                                            llvm::ArrayRef<StringRef> names) {
  if (fs::can_execute(configured))
    return configured.str();
  for (StringRef name : names)
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return *path;
  return llvm::createStringError("cannot find '" + names.front() +
                                 "', which links the binary");
}

/// The line of `log` that says what went wrong.
static StringRef findErrorLine(StringRef log) {
  for (StringRef rest = log; !rest.empty();) {
    auto [line, tail] = rest.split('\n');
    if (line.contains("error:"))
      return line;
    rest = tail;
  }
  return log.split('\n').first;
}

/// Runs a program; what it says becomes the error.
static llvm::Error runTool(llvm::ArrayRef<StringRef> args) {
  SmallString<128> log;
  if (std::error_code error = fs::createTemporaryFile("eke-link", "log", log))
    return llvm::createStringError(error, "cannot create a temporary file: %s",
                                   error.message().c_str());
  llvm::FileRemover remover(log);
  const std::optional<StringRef> redirects[] = {"", log.str(), log.str()};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(args.front(), args, std::nullopt,
                                         redirects, 0, 0, &message);
  if (status == 0)
    return llvm::Error::success();
  if (auto buffer = llvm::MemoryBuffer::getFile(log))
    if (StringRef text = (*buffer)->getBuffer().trim(); !text.empty())
      message = findErrorLine(text).str();
  return llvm::createStringError("linking failed: " + message);
}

llvm::Error linkExecutable(TargetAttr target, llvm::ArrayRef<StringRef> objects,
                           StringRef output) {
  auto clang = findTool(EKE_CLANG, {EKE_CLANG_NAME, "clang"});
  if (!clang)
    return clang.takeError();
  auto lld = findTool(EKE_LLD, {EKE_LLD_NAME, "ld.lld"});
  if (!lld)
    return lld.takeError();
  std::string triple = "--target=" + target.getTriple().str();
  std::string linker = "--ld-path=" + *lld;
  SmallVector<StringRef> args = {*clang,
                                 triple,
                                 linker,
                                 "-static",
                                 "-Wl,--gc-sections",
                                 "-Wl,--strip-debug",
                                 "-Wl,--build-id=none",
                                 "-o",
                                 output};
  llvm::append_range(args, objects);
  args.push_back("-lm");
  return runTool(args);
}

llvm::Error linkObject(llvm::ArrayRef<StringRef> objects, StringRef output) {
  auto lld = findTool(EKE_LLD, {EKE_LLD_NAME, "ld.lld"});
  if (!lld)
    return lld.takeError();
  SmallVector<StringRef> args = {*lld, "-r", "-o", output};
  llvm::append_range(args, objects);
  return runTool(args);
}

llvm::Error writeLibrary(llvm::ArrayRef<StringRef> objects,
                         llvm::ArrayRef<StringRef> names, StringRef output) {
  std::vector<llvm::NewArchiveMember> members;
  for (auto [object, name] : llvm::zip_equal(objects, names)) {
    auto member =
        llvm::NewArchiveMember::getFile(object, /*Deterministic=*/true);
    if (!member)
      return member.takeError();
    member->MemberName = name;
    members.push_back(std::move(*member));
  }
  return llvm::writeArchive(output, members,
                            llvm::SymtabWritingMode::NormalSymtab,
                            llvm::object::Archive::K_GNU,
                            /*Deterministic=*/true, /*Thin=*/false);
}

} // namespace mlir::eke
