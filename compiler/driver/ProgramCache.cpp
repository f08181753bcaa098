//===- ProgramCache.cpp - Compiled programs that are kept -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/ProgramCache.h"

#include "compiler/support/RemoveTree.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mlir::eke {

namespace fs = llvm::sys::fs;

static std::string inFolder(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

/// Whether the open folder is what its path leads to, and nobody has removed it.
static bool isStillThere(int descriptor, const std::string &path) {
  struct stat open, named;
  return fstat(descriptor, &open) == 0 && stat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

llvm::Expected<CachedProgram> CachedProgram::open(llvm::StringRef folder,
                                                  llvm::StringRef digest) {
  CachedProgram program(folder, digest);
  std::string path = inFolder(folder, digest);
  for (;;) {
    if (std::error_code error = fs::create_directories(
            path, /*IgnoreExisting=*/true, fs::owner_all))
      return llvm::createStringError(error, path + ": " + error.message());
    // It stays open for the program that takes the place of this process.
    int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (descriptor < 0 && errno == ENOENT)
      continue; // somebody has removed it meanwhile
    if (descriptor < 0) {
      std::error_code error = llvm::errnoAsErrorCode();
      return llvm::createStringError(error, path + ": " + error.message());
    }
    // Some file systems of networks have no locks.
    program.isLocked =
        llvm::sys::RetryAfterSignal(-1, flock, descriptor, LOCK_SH) == 0;
    if (isStillThere(descriptor, path)) {
      futimens(descriptor, nullptr); // it is wanted now
      return program;
    }
    close(descriptor);
  }
}

std::string CachedProgram::getPath(llvm::StringRef name) const {
  return inFolder(inFolder(folder, digest), name);
}

namespace {

struct Entry {
  std::string path;
  uint64_t bytes = 0;
  llvm::sys::TimePoint<> wanted;
};

} // namespace

static uint64_t countBytes(llvm::StringRef folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error, /*follow_symlinks=*/false), end;
       at != end && !error; at.increment(error))
    if (auto status = at->status())
      bytes += status->getSize();
  return bytes;
}

/// All programs in the folder. What has another name than a digest is not ours.
static std::vector<Entry> listEntries(llvm::StringRef folder,
                                      size_t digestSize) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error, /*follow_symlinks=*/false), end;
       at != end && !error; at.increment(error)) {
    llvm::StringRef name = llvm::sys::path::filename(at->path());
    auto status = at->status();
    if (!status || status->type() != fs::file_type::directory_file ||
        name.size() != digestSize || !llvm::all_of(name, llvm::isHexDigit))
      continue;
    entries.push_back({at->path(), countBytes(at->path()),
                       status->getLastModificationTime()});
  }
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.wanted, a.path) < std::tie(b.wanted, b.path);
  });
  return entries;
}

/// Removes a program that is not in use; returns whether it is gone.
static bool removeUnused(const Entry &entry) {
  int descriptor = ::open(entry.path.c_str(),
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0)
    return errno == ENOENT;
  // Held until all is gone: who waits for it then finds another folder, or none.
  bool isOurs = flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
                isStillThere(descriptor, entry.path);
  if (isOurs)
    removeTree(entry.path.c_str());
  close(descriptor);
  return isOurs && !fs::exists(entry.path);
}

void CachedProgram::trimOthers(uint64_t mostBytes) const {
  if (!isLocked)
    return;
  std::vector<Entry> entries = listEntries(folder, digest.size());
  uint64_t bytes = 0;
  for (const Entry &entry : entries)
    bytes += entry.bytes;
  for (const Entry &entry : entries) {
    if (bytes <= mostBytes)
      return;
    if (llvm::sys::path::filename(entry.path) != digest && removeUnused(entry))
      bytes -= entry.bytes;
  }
}

} // namespace mlir::eke
