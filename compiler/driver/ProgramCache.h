//===- ProgramCache.h - Compiled programs that are kept ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   FOLDER/DIGEST/NAME     a program; DIGEST stands for all that it is made of
//
// A folder's time is when its program was last wanted. Who wants it holds a shared lock on
// the folder, and hands it on to the program; who removes one takes the lock for itself.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_PROGRAMCACHE_H
#define EKE_COMPILER_DRIVER_PROGRAMCACHE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// The place of one program, which nobody removes while this process, or what takes its
/// place, lives.
class CachedProgram {
public:
  /// Makes the folder `digest` in `folder` if it is not there.
  static llvm::Expected<CachedProgram> open(llvm::StringRef folder,
                                            llvm::StringRef digest);

  std::string getPath(llvm::StringRef name) const;

  /// Removes programs of others while all have more than `mostBytes`, those first that were
  /// not wanted for longest, and none that is in use. What cannot be removed stays.
  void trimOthers(uint64_t mostBytes) const;

private:
  CachedProgram(llvm::StringRef folder, llvm::StringRef digest)
      : folder(folder.str()), digest(digest.str()) {}

  std::string folder, digest;
  /// Whether others can be kept from removing it; else nothing is removed.
  bool isLocked = false;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_PROGRAMCACHE_H
