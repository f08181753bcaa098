//===- OutputTarget.cpp - Where the name of an output leads ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/OutputTarget.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using llvm::SmallString;
using llvm::StringRef;

namespace mlir::eke {

/// The folder that `file` is in, which has to exist.
static std::error_code findFolder(StringRef file, SmallString<256> &folder) {
  StringRef parent = path::parent_path(file);
  return fs::real_path(parent.empty() ? "." : parent, folder);
}

/// The descriptor of this process that `file`, a link in `folder`, stands for.
static std::optional<int> getDescriptor(StringRef folder, StringRef file) {
  int descriptor;
  if (folder == "/proc/" + std::to_string(getpid()) + "/fd" &&
      !path::filename(file).getAsInteger(10, descriptor))
    return descriptor;
  return std::nullopt;
}

static OutputTarget::Kind getKind(mode_t mode) {
  return S_ISREG(mode)   ? OutputTarget::Regular
         : S_ISDIR(mode) ? OutputTarget::Folder
                         : OutputTarget::Direct;
}

/// What a link leads to, as seen from where it is.
static std::error_code readLink(SmallString<256> &file, StringRef folder) {
  char text[4096];
  ssize_t length = readlink(file.c_str(), text, sizeof(text));
  if (length < 0)
    return llvm::errnoAsErrorCode();
  StringRef target(text, length);
  file.clear();
  if (!path::is_absolute(target))
    file = folder;
  path::append(file, target);
  return {};
}

llvm::Expected<OutputTarget> findOutputTarget(StringRef name) {
  constexpr unsigned mostLinks = 40;
  SmallString<256> file(name), folder;
  for (unsigned links = 0; links < mostLinks; ++links) {
    struct stat status;
    if (lstat(file.c_str(), &status) != 0) {
      if (errno != ENOENT)
        return llvm::errorCodeToError(llvm::errnoAsErrorCode());
      status.st_mode = S_IFREG;
    }
    if (getKind(status.st_mode) == OutputTarget::Folder)
      return OutputTarget{file.str().str(), OutputTarget::Folder};
    if (path::is_separator(file.back())) // of a folder that is not there
      return llvm::errorCodeToError(
          std::make_error_code(std::errc::no_such_file_or_directory));
    if (std::error_code error = findFolder(file, folder))
      return llvm::errorCodeToError(error);
    if (!S_ISLNK(status.st_mode)) {
      path::append(folder, path::filename(file));
      return OutputTarget{folder.str().str(), getKind(status.st_mode)};
    }
    if (std::optional<int> descriptor = getDescriptor(folder, file)) {
      int other = fcntl(*descriptor, F_DUPFD_CLOEXEC, 3);
      if (other < 0)
        return llvm::errorCodeToError(llvm::errnoAsErrorCode());
      return OutputTarget{name.str(), OutputTarget::Direct, other};
    }
    if (std::error_code error = readLink(file, folder))
      return llvm::errorCodeToError(error);
  }
  return llvm::errorCodeToError(
      std::make_error_code(std::errc::too_many_symbolic_link_levels));
}

} // namespace mlir::eke
