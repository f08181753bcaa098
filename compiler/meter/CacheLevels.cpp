//===- CacheLevels.cpp - The caches that a profile simulates --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/CacheLevels.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using llvm::createStringError;
using Memory = ::eke::proto::Memory;

namespace mlir::eke::profile {

/// Has the cache a set, of lines that addresses can be split by?
static bool canSimulate(const CacheLevel &cache) {
  return llvm::isPowerOf2_64(cache.lineBytes) &&
         cache.bytes / cache.lineBytes >= std::max<uint64_t>(cache.ways, 1);
}

llvm::Expected<CacheLevels> findCacheLevels(const TargetProfile &target) {
  // Of every CPU that we know, where the profile does not say.
  constexpr uint64_t usualLineBytes = 64;
  CacheLevels caches;
  caches.target = target.name();
  for (const Memory &memory : target.memories()) {
    if (memory.kind() == Memory::CACHE) {
      uint64_t line =
          memory.line_bytes() ? memory.line_bytes() : usualLineBytes;
      caches.levels.push_back(
          {memory.name(), memory.capacity_bytes(), line, memory.ways()});
      if (const CacheLevel &cache = caches.levels.back(); !canSimulate(cache))
        return createStringError(llvm::formatv(
            "target '{0}': cache '{1}' has {2} bytes in lines of {3}, expected "
            "a power of two in a line, and {4} lines at least",
            target.name(), cache.name, cache.bytes, cache.lineBytes,
            std::max<uint64_t>(cache.ways, 1)));
      caches.memory.clear();
    } else if (!caches.levels.empty()) {
      caches.memory += (caches.memory.empty() ? "" : "+") + memory.name();
    }
  }
  if (caches.levels.empty())
    return createStringError("target '" + target.name() +
                             "' has no caches to simulate; expected "
                             "'--caches=off'");
  return caches;
}

} // namespace mlir::eke::profile
