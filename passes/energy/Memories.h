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

/// Where tensors are taken to lie.
class Homes {
public:
  /// In their places; what has none in the main memory, or in the one that is written.
  static Homes asPlaced() { return Homes(true, std::nullopt); }
  /// There, whatever their places are.
  static Homes inMain() { return Homes(false, std::nullopt); }
  /// All in the memory of this number.
  static Homes allIn(unsigned memory) { return Homes(false, memory); }

  bool asksPlaces() const { return asks; }
  std::optional<unsigned> getOnly() const { return only; }

private:
  Homes(bool asks, std::optional<unsigned> only) : asks(asks), only(only) {}

  bool asks;
  std::optional<unsigned> only;
};

/// The memories of a target, by their numbers in its list.
class Memories {
public:
  Memories(TargetAttr target, SymbolTable &symbols, Homes homes)
      : target(target), memories(target.getMemories()), symbols(symbols),
        homes(homes) {
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
  std::optional<unsigned> findMemory(StringRef name) const;

  TargetAttr target;
  ArrayRef<MemoryAttr> memories;
  SymbolTable &symbols;
  const Homes homes;
  /// By number; of those that are caches.
  std::vector<CacheSets> sets;
};

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_MEMORIES_H
