//===- TemporaryFolder.cpp - A folder for one purpose ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   $TMPDIR/eke-XXXXXX/      of the process; there while one of these is
//                      0/    a TemporaryFolder
//                      1/    another one
//
//===----------------------------------------------------------------------===//

#include "compiler/support/TemporaryFolder.h"

#include "compiler/support/Protection.h"
#include "compiler/support/RemoveTree.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/stat.h>
#include <unistd.h>

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

/// The folder of the process, and how many are in it. Both change under the guard.
static std::string rootPath;
static unsigned liveFolders = 0, allFolders = 0;

static std::error_code createRoot(LeftoverGuard &guard) {
  llvm::SmallString<128> model;
  llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, model);
  llvm::sys::fs::make_absolute(model);
  llvm::sys::path::append(model, "eke-XXXXXX");
  std::string path = model.str().str();
  if (!mkdtemp(path.data()))
    return llvm::errnoAsErrorCode();
  if (!guard.addFolder(path.c_str())) {
    rmdir(path.c_str());
    return std::make_error_code(std::errc::not_enough_memory);
  }
  rootPath = path;
  return {};
}

llvm::Expected<TemporaryFolder> TemporaryFolder::create() {
  LeftoverGuard guard;
  std::error_code error;
  if (rootPath.empty())
    error = createRoot(guard);
  std::string path = rootPath + "/" + std::to_string(allFolders);
  if (!error && mkdir(path.c_str(), 0700) != 0)
    error = llvm::errnoAsErrorCode();
  if (error)
    return createStringError(error, "cannot create a temporary folder: " +
                                        error.message());
  ++allFolders;
  ++liveFolders;
  TemporaryFolder folder;
  folder.path = path;
  return std::move(folder);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder &&other) {
  std::swap(path, other.path);
}

TemporaryFolder &TemporaryFolder::operator=(TemporaryFolder &&other) {
  remove();
  std::swap(path, other.path);
  return *this;
}

TemporaryFolder::~TemporaryFolder() { remove(); }

void TemporaryFolder::remove() {
  if (path.empty())
    return;
  LeftoverGuard guard;
  removeTree(path.c_str());
  path.clear();
  if (--liveFolders > 0)
    return;
  removeTree(rootPath.c_str());
  guard.dropFolder();
  rootPath.clear();
}

std::string TemporaryFolder::getPath(StringRef name) const {
  llvm::SmallString<128> file(path);
  llvm::sys::path::append(file, name);
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
  return createStringError(error,
                           "cannot write '" + file + "': " + error.message());
}

std::string TemporaryFolder::read(StringRef name) const {
  auto buffer = llvm::MemoryBuffer::getFile(getPath(name));
  return buffer ? (*buffer)->getBuffer().str() : "";
}

} // namespace mlir::eke
