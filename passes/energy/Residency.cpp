//===- Residency.cpp - Which memory serves a read -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/Residency.h"

#include <list>

namespace mlir::eke {
namespace {

/// A weight or state: its symbol, and which copy of it; a value: the number of its place.
using Key = std::pair<Attribute, int64_t>;

/// Is no more than a part read, which differs from call to call: rows of a table?
bool isSparse(const Access &access) {
  return access.kind == Access::Weight && access.read < access.bytes;
}

/// The bytes of a tensor that stay behind in a cache.
int64_t getTouched(const Access &access) {
  return std::max(access.read, access.written);
}

/// Gives values places that others have left, as the arena does: by number of layer and
/// access, the place that stands for the value. Others are numbered already.
std::vector<SmallVector<int64_t, 4>>
placeValues(ArrayRef<LayerTraffic> layers) {
  DenseMap<int64_t, size_t> last; // use of a value
  for (auto [number, layer] : llvm::enumerate(layers))
    for (const Access &access : layer.accesses)
      if (access.kind == Access::Value)
        last[access.value] = number;
  std::vector<SmallVector<int64_t, 4>> places(layers.size());
  DenseMap<int64_t, int64_t> placeOf;
  DenseMap<int64_t, SmallVector<int64_t>> free; // by bytes
  int64_t count = 0;
  for (auto [number, layer] : llvm::enumerate(layers)) {
    for (const Access &access : layer.accesses) {
      if (access.kind != Access::Value) {
        places[number].push_back(access.value);
        continue;
      }
      auto [it, isNew] = placeOf.try_emplace(access.value, count);
      SmallVector<int64_t> &left = free[access.bytes];
      if (isNew && !left.empty())
        it->second = left.pop_back_val();
      else
        count += isNew;
      places[number].push_back(it->second);
    }
    for (const Access &access : layer.accesses)
      if (access.kind == Access::Value && last.lookup(access.value) == number &&
          last.erase(access.value))
        free[access.bytes].push_back(placeOf.lookup(access.value));
  }
  return places;
}

/// Tensors in the order of their last use.
class Stack {
public:
  /// The bytes that were used since `access` was, its own included; none if it never was.
  std::optional<int64_t> use(const Access &access, int64_t place) {
    int64_t since = isSparse(access) ? access.bytes : getTouched(access);
    std::optional<int64_t> distance;
    Key key{access.symbol, place};
    for (auto it = tensors.begin(); it != tensors.end(); ++it) {
      if (it->first != key) {
        since += it->second;
        continue;
      }
      distance = since;
      tensors.erase(it);
      break;
    }
    tensors.emplace_front(key, getTouched(access));
    return distance;
  }

private:
  std::list<std::pair<Key, int64_t>> tensors;
};

/// The numbers of memories in the target's list.
class Memories {
public:
  Memories(TargetAttr target, SymbolTable &symbols, bool asksPlaces)
      : memories(target.getMemories()), symbols(symbols),
        asksPlaces(asksPlaces) {}

  /// Where the tensor of `access` lies.
  unsigned getHome(const Access &access) const {
    if (PlaceAttr place = asksPlaces ? getPlace(access) : PlaceAttr())
      for (auto [number, memory] : llvm::enumerate(memories))
        if (memory.getName() == place.getMemory())
          return number;
    bool isWritten = access.kind != Access::Weight;
    for (unsigned number = memories.size(); number-- > 0;)
      if (memories[number].getKind() == MemoryKind::Ram ||
          (!isWritten && memories[number].getKind() == MemoryKind::Rom))
        return number;
    return memories.size() - 1;
  }

  /// The first cache that still has what was used so many bytes ago, or `home`.
  unsigned find(std::optional<int64_t> distance, unsigned home) const {
    if (distance)
      for (auto [number, memory] : llvm::enumerate(memories))
        if (memory.getKind() == MemoryKind::Cache &&
            *distance <= memory.getCapacity())
          return number;
    return home;
  }

private:
  PlaceAttr getPlace(const Access &access) const {
    Operation *op = access.symbol ? symbols.lookup(access.symbol) : nullptr;
    if (auto weight = dyn_cast_if_present<WeightOp>(op))
      return weight.getPlaceAttr();
    auto state = dyn_cast_if_present<StateOp>(op);
    return state ? state.getPlaceAttr() : PlaceAttr();
  }

  ArrayRef<MemoryAttr> memories;
  SymbolTable &symbols;
  const bool asksPlaces;
};

} // namespace

std::vector<SmallVector<Served, 4>> findMemories(ArrayRef<LayerTraffic> layers,
                                                 TargetAttr target,
                                                 SymbolTable &symbols,
                                                 bool asksPlaces) {
  Memories memories(target, symbols, asksPlaces);
  std::vector<SmallVector<Served, 4>> served(layers.size());
  std::vector<SmallVector<int64_t, 4>> places = placeValues(layers);
  Stack stack;
  // The second round finds what the first left behind.
  for (int round = 0; round < 2; ++round)
    for (auto [layer, found, place] : llvm::zip(layers, served, places)) {
      found.clear();
      int64_t own = 0;
      for (const Access &access : layer.accesses)
        own += getTouched(access);
      for (auto [access, at] : llvm::zip(layer.accesses, place)) {
        unsigned home = memories.getHome(access);
        found.push_back({memories.find(stack.use(access, at), home),
                         memories.find(own, home)});
      }
    }
  return served;
}

} // namespace mlir::eke
