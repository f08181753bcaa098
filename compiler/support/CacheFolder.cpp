//===- CacheFolder.cpp - What can be made again ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/CacheFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstdlib>

namespace mlir::eke {

/// $XDG_CACHE_HOME, or ~/.cache.
static llvm::Expected<llvm::SmallString<128>> findCache() {
  const char *cache = std::getenv("XDG_CACHE_HOME");
  // The standard says that a relative path does not count.
  if (cache && llvm::sys::path::is_absolute(cache))
    return llvm::SmallString<128>(cache);
  const char *home = std::getenv("HOME");
  if (!home || !llvm::sys::path::is_absolute(home))
    return llvm::createStringError(
        "no folder for what can be made again: neither XDG_CACHE_HOME nor "
        "HOME is an absolute path");
  llvm::SmallString<128> path(home);
  llvm::sys::path::append(path, ".cache");
  return path;
}

llvm::Expected<std::string> makeCacheFolder(llvm::StringRef name) {
  auto path = findCache();
  if (!path)
    return path.takeError();
  llvm::sys::path::append(*path, "eke", name);
  if (std::error_code error = llvm::sys::fs::create_directories(
          *path, /*IgnoreExisting=*/true, llvm::sys::fs::owner_all))
    return llvm::createStringError(error, *path + ": " + error.message());
  return std::string(*path);
}

} // namespace mlir::eke
