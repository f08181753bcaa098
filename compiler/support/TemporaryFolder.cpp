//===- TemporaryFolder.cpp - A folder for one run -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/TemporaryFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

llvm::Expected<TemporaryFolder> TemporaryFolder::create() {
  llvm::SmallString<128> path;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("eke", path))
    return createStringError("cannot create a temporary folder: " +
                             error.message());
  TemporaryFolder folder;
  folder.path = path.str().str();
  return std::move(folder);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder &&other) {
  std::swap(path, other.path);
  std::swap(files, other.files);
}

TemporaryFolder &TemporaryFolder::operator=(TemporaryFolder &&other) {
  remove();
  std::swap(path, other.path);
  std::swap(files, other.files);
  return *this;
}

TemporaryFolder::~TemporaryFolder() { remove(); }

void TemporaryFolder::remove() {
  if (path.empty())
    return;
  llvm::sys::fs::remove_directories(path);
  for (const auto &file : files)
    llvm::sys::DontRemoveFileOnSignal(file.getKey());
  path.clear();
  files.clear();
}

std::string TemporaryFolder::getPath(StringRef name) {
  llvm::SmallString<128> file(path);
  llvm::sys::path::append(file, name);
  if (files.insert(file).second)
    llvm::sys::RemoveFileOnSignal(file);
  return file.str().str();
}

llvm::Error TemporaryFolder::write(StringRef name, StringRef contents) {
  std::string file = getPath(name);
  std::error_code error;
  llvm::raw_fd_ostream os(file, error);
  if (!error) {
    os << contents;
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (!error)
    return llvm::Error::success();
  return createStringError("cannot write '" + file + "': " + error.message());
}

std::string TemporaryFolder::read(StringRef name) {
  auto buffer = llvm::MemoryBuffer::getFile(getPath(name));
  return buffer ? (*buffer)->getBuffer().str() : "";
}

} // namespace mlir::eke
