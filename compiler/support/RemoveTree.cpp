//===- RemoveTree.cpp - Removing a folder within a signal handler ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/RemoveTree.h"

#include <cstddef>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mlir::eke {
namespace {

/// Our folders have folders, which have files.
constexpr int deepest = 4;

void removeContents(int directory, int depth);

void removeEntry(int directory, const char *name, int depth) {
  if (unlinkat(directory, name, 0) == 0 || depth == deepest)
    return;
  int inner =
      openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inner < 0)
    return;
  // A list that is read while its entries go may leave some out.
  for (int tries = 0; tries < 3; ++tries) {
    lseek(inner, 0, SEEK_SET);
    removeContents(inner, depth + 1);
    if (unlinkat(directory, name, AT_REMOVEDIR) == 0)
      break;
  }
  close(inner);
}

/// What `readdir` does, which allocates, is one system call.
void removeContents(int directory, int depth) {
  alignas(dirent64) char buffer[2048];
  for (;;) {
    long size = syscall(SYS_getdents64, directory, buffer, sizeof(buffer));
    if (size <= 0)
      return;
    for (long at = 0; at < size;) {
      auto *entry = reinterpret_cast<dirent64 *>(buffer + at);
      at += entry->d_reclen;
      if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        removeEntry(directory, entry->d_name, depth);
    }
  }
}

} // namespace

void removeTree(const char *path) { removeEntry(AT_FDCWD, path, 0); }

} // namespace mlir::eke
