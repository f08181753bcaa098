//===- CacheLevels.h - The caches that a profile simulates ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_CACHELEVELS_H
#define EKE_COMPILER_METER_CACHELEVELS_H

#include "compiler/targets/Targets.h"

#include <string>
#include <vector>

namespace mlir::eke::profile {

/// A level of data caches.
struct CacheLevel {
  std::string name;
  /// `ways` is 0 if a line may lie anywhere.
  uint64_t bytes = 0, lineBytes = 0, ways = 0;
};

/// The caches of a device, nearest to the core first.
struct CacheLevels {
  std::string target;
  std::vector<CacheLevel> levels;
  /// The memory behind the last one.
  std::string memory;

  /// What the core accesses for 0; what level N - 1 fetches from for N.
  llvm::StringRef getMemory(size_t number) const {
    return number < levels.size() ? levels[number].name : memory;
  }
};

/// The caches of `target`; fails if it has none.
llvm::Expected<CacheLevels> findCacheLevels(const TargetProfile &target);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_CACHELEVELS_H
