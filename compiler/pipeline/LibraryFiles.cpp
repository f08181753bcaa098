//===- LibraryFiles.cpp - A library and its header ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/LibraryFiles.h"

#include "codegen/llvm/Header.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using llvm::createStringError;
using llvm::Error;

namespace mlir::eke {

/// Nobody asked for the header by its name, so it must not cost a file of others.
static Error checkHeader(StringRef library, StringRef header) {
  auto refuse = [&](const Twine &reason) {
    return createStringError("cannot write '" + header + "', the header of '" +
                             library + "': " + reason +
                             "; expected another name for the library");
  };
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(header, status))
    return Error::success();
  if (!llvm::sys::fs::is_regular_file(status))
    return refuse("it is not a regular file");
  auto start = llvm::MemoryBuffer::getFileSlice(
      header, std::min<uint64_t>(status.getSize(), 4096), 0);
  if (!start)
    return refuse(start.getError().message());
  if (isOurHeader((*start)->getBuffer()))
    return Error::success();
  return refuse("it exists, and the compiler has not written it");
}

llvm::Expected<LibraryFiles> openLibrary(StringRef path) {
  if (path == "-")
    return createStringError("a library is two files, which standard output "
                             "cannot be; expected '-o FILE'");
  std::string name = getHeaderPath(path);
  if (name == path)
    return createStringError("cannot write '" + path +
                             "': the header of the library has this name; "
                             "expected a name like libNAME.a");
  if (Error error = checkHeader(path, name))
    return std::move(error);
  auto archive = OutputFile::create(path, "the library");
  if (!archive)
    return archive.takeError();
  auto header = OutputFile::create(name, "the header");
  if (!header)
    return header.takeError();
  return LibraryFiles{std::move(*archive), std::move(*header)};
}

Error copyLibrary(StringRef path, const EmitOptions &emission) {
  auto files = openLibrary(path);
  if (!files)
    return files.takeError();
  if (Error error = files->archive.copy(emission.output))
    return error;
  if (Error error = files->header.copy(emission.header))
    return error;
  // An archive is the better one to be missing: nothing links without it.
  if (Error error = files->header.keep())
    return error;
  return files->archive.keep();
}

} // namespace mlir::eke
