//===- RunFolder.cpp - The files of one run of a program ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/RunFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace fs = llvm::sys::fs;
using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke::profile {

llvm::Expected<RunFolder> RunFolder::create() {
  RunFolder folder;
  if (std::error_code error =
          fs::createUniqueDirectory("eke-profile", folder.path))
    return createStringError(error, "cannot create a temporary folder: %s",
                             error.message().c_str());
  return std::move(folder);
}

RunFolder::~RunFolder() {
  if (!path.empty())
    fs::remove_directories(path);
}

std::string RunFolder::getPath(StringRef name) const {
  llvm::SmallString<128> file(path);
  llvm::sys::path::append(file, name);
  return file.str().str();
}

llvm::Error RunFolder::write(StringRef name, StringRef contents) const {
  std::error_code error;
  llvm::raw_fd_ostream os(getPath(name), error);
  if (!error) {
    os << contents;
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return createStringError(error, "cannot write '%s': %s",
                             getPath(name).c_str(), error.message().c_str());
  return llvm::Error::success();
}

llvm::Error RunFolder::writePrompt(const Program &program,
                                   uint64_t tokens) const {
  // The byte 0xff is in no text, so no token has more than one of it.
  return write(prompt, std::string(tokens - (program.bos >= 0), '\xff'));
}

std::string RunFolder::getReason(const std::string &otherwise) const {
  auto file = llvm::MemoryBuffer::getFile(getPath(log));
  StringRef text = file ? (*file)->getBuffer().trim() : "";
  return text.empty()                       ? otherwise
         : text.rsplit('\n').second.empty() ? text.str()
                                            : text.rsplit('\n').second.str();
}

} // namespace mlir::eke::profile
