//===- Memories.h - Which memories have a tensor ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_MEMORIES_H
#define EKE_PASSES_ENERGY_MEMORIES_H

#include "passes/energy/CacheSets.h"
#include "passes/energy/EntryTraffic.h"

namespace mlir::eke {

/// For each memory, by its number in the target's list.
using ByMemory = SmallVector<double, 4>;

/// Is no more than a part read, which differs from call to call: rows of a table?
bool isSparse(const Access &access);

/// The memories of a target, by their numbers in its list.
class Memories {
public:
  /// Without `asksPlaces`, everything lies in the main memory.
  Memories(TargetAttr target, SymbolTable &symbols, bool asksPlaces)
      : memories(target.getMemories()), symbols(symbols),
        asksPlaces(asksPlaces) {
    for (MemoryAttr memory : memories)
      sets.emplace_back(memory.getCapacity(), memory.getWays());
  }

  size_t size() const { return memories.size(); }
  bool isCache(unsigned number) const {
    return memories[number].getKind() == MemoryKind::Cache;
  }
  /// Where the tensor of `access` lies.
  unsigned getHome(const Access &access) const;
  /// The bytes of it that are used: those that the tensor begins with.
  Extent getExtent(const Access &access) const;

  /// The memory behind a cache, for what lies in `home`: the next cache before it, or it.
  unsigned getNext(unsigned cache, unsigned home) const {
    while (++cache < home && !isCache(cache)) {
    }
    return cache;
  }
  /// The nearest memory for what lies in `home`.
  unsigned getNearest(unsigned home) const {
    return home == 0 || isCache(0) ? 0 : getNext(0, home);
  }

  /// All of it is in one memory.
  ByMemory findIn(unsigned memory) const;
  /// Which memories have `extent`, which lies in `home`, where it and `others` were used
  /// since it was.
  ByMemory find(const Extent &extent, ArrayRef<Extent> others, unsigned home);

private:
  PlaceAttr getPlace(const Access &access) const;

  ArrayRef<MemoryAttr> memories;
  SymbolTable &symbols;
  const bool asksPlaces;
  /// By number; of those that are caches.
  std::vector<CacheSets> sets;
};

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_MEMORIES_H
