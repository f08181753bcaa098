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
  /// What was used since `key` was, the last first; nothing if it never was.
  std::optional<SmallVector<Extent>> findSince(Key key) const {
    SmallVector<Extent> since;
    for (const Entry &entry : entries) {
      if (entry.key == key)
        return since;
      since.push_back(entry.extent);
    }
    return std::nullopt;
  }

  void use(Key key, Extent extent) {
    entries.remove_if([&](const Entry &entry) { return entry.key == key; });
    entries.push_front({key, extent});
  }

private:
  struct Entry {
    Key key;
    Extent extent;
  };
  std::list<Entry> entries;
};

/// What of a tensor was written, and is in caches only.
struct Dirty {
  /// Bytes by number of cache, and the most that there can be.
  ByMemory bytes;
  double most;
  /// The layer and the access that wrote last.
  size_t layer, access;
};

/// Follows the layers over and over.
class Residency {
public:
  Residency(ArrayRef<LayerTraffic> layers, TargetAttr target,
            SymbolTable &symbols, Homes homes)
      : layers(layers), memories(target, symbols, homes),
        places(placeValues(layers)) {
    for (const LayerTraffic &layer : layers) {
      served.emplace_back(layer.accesses.size());
      for (Served &access : served.back())
        access.again.assign(memories.size(), 0.0);
    }
  }

  std::vector<SmallVector<Served, 4>> run() {
    // The second round finds what the first left behind.
    for (int round = 0; round < 2; ++round) {
      for (SmallVector<Served, 4> &layer : served)
        for (Served &access : layer)
          access.writtenBack.assign(memories.size(), 0.0);
      for (size_t layer = 0; layer < layers.size(); ++layer) {
        execute(layer);
        executeAgain(layer);
      }
    }
    return std::move(served);
  }

private:
  Key getKey(size_t layer, size_t access) const {
    return {layers[layer].accesses[access].symbol, places[layer][access]};
  }
  /// Is it the first access of its op to the tensor? Others find it in the nearest cache.
  bool isFirst(size_t layer, size_t access) const {
    Key key = getKey(layer, access);
    for (size_t before = 0; before < access; ++before)
      if (getKey(layer, before) == key)
        return false;
    return true;
  }
  /// What an op uses of a tensor, by all of its accesses.
  Extent getUsed(size_t layer, Key key) const {
    Extent used;
    for (auto [number, access] : llvm::enumerate(layers[layer].accesses))
      if (getKey(layer, number) == key)
        if (Extent extent = memories.getExtent(access);
            extent.bytes >= used.bytes)
          used = extent;
    return used;
  }
  void execute(size_t layer);
  void executeAgain(size_t layer);
  ByMemory find(const Access &access, Key key, unsigned home);
  void writeBack(Key key, const ByMemory &parts, unsigned home);
  void write(size_t layer, size_t access);

  ArrayRef<LayerTraffic> layers;
  Memories memories;
  std::vector<SmallVector<int64_t, 4>> places;
  std::vector<SmallVector<Served, 4>> served;
  Stack stack;
  DenseMap<Key, Dirty> dirty;
};

/// What stands for the rows of a table that a call looks up: the rest of it is not used.
Key getRows(Key table) { return {table.first, -1 - table.second}; }

/// The rows of the next call are others: a cache has them if it has all of the table.
ByMemory Residency::find(const Access &access, Key key, unsigned home) {
  std::optional<SmallVector<Extent>> since = stack.findSince(key);
  if (!since && isSparse(access))
    since = stack.findSince(getRows(key));
  if (!since)
    return memories.findIn(home);
  Extent extent = memories.getExtent(access);
  if (isSparse(access))
    extent.bytes = access.bytes;
  return memories.find(extent, *since, home);
}

void Residency::execute(size_t layer) {
  for (auto [number, access] : llvm::enumerate(layers[layer].accesses)) {
    unsigned home = memories.getHome(access);
    Key key = getKey(layer, number);
    Served &found = served[layer][number];
    if (isFirst(layer, number)) {
      found.first = find(access, key, home);
      writeBack(key, found.first, home);
    } else {
      found.first = memories.findIn(memories.getNearest(home));
    }
    stack.use(isSparse(access) ? getRows(key) : key, getUsed(layer, key));
    if (access.written)
      write(layer, number);
  }
}

/// What of a tensor is in a cache no more was written back, if it had been written.
void Residency::writeBack(Key key, const ByMemory &parts, unsigned home) {
  auto found = dirty.find(key);
  if (found == dirty.end())
    return;
  Dirty &tensor = found->second;
  ByMemory &written = served[tensor.layer][tensor.access].writtenBack;
  // The part that has left the caches so far, and the bytes that were dirty in them.
  double gone = 1, above = 0;
  for (unsigned number = 0; number < home; ++number) {
    if (!memories.isCache(number))
      continue;
    double &here = tensor.bytes[number];
    double stays = parts[number], leaves = std::max(gone - stays, 0.0);
    above = std::min(above + here, tensor.most);
    written[memories.getNext(number, home)] += above * leaves;
    here = here * (1 - gone) + above * stays;
    gone = leaves;
  }
}

void Residency::write(size_t layer, size_t number) {
  const Access &access = layers[layer].accesses[number];
  auto [found, isNew] = dirty.try_emplace(getKey(layer, number));
  Dirty &tensor = found->second;
  if (isNew)
    tensor.bytes.assign(memories.size(), 0.0);
  tensor.most = access.bytes;
  tensor.layer = layer;
  tensor.access = number;
  double &nearest = tensor.bytes[memories.getNearest(memories.getHome(access))];
  nearest = std::min(nearest + access.written, tensor.most);
}

/// All that the op uses is used between one time and the next.
void Residency::executeAgain(size_t layer) {
  ArrayRef<Access> accesses = layers[layer].accesses;
  int64_t times = layers[layer].times - 1;
  if (times == 0)
    return;
  for (auto [number, access] : llvm::enumerate(accesses)) {
    unsigned home = memories.getHome(access);
    Served &found = served[layer][number];
    SmallVector<Extent> others;
    for (size_t other = 0; other < accesses.size(); ++other)
      if (isFirst(layer, other) &&
          getKey(layer, other) != getKey(layer, number))
        others.push_back(getUsed(layer, getKey(layer, other)));
    found.again =
        isFirst(layer, number)
            ? memories.find(getUsed(layer, getKey(layer, number)), others, home)
            : memories.findIn(memories.getNearest(home));
    double gone = 1;
    for (unsigned cache = 0; cache < home; ++cache) {
      if (!memories.isCache(cache))
        continue;
      gone -= found.again[cache];
      found.writtenBack[memories.getNext(cache, home)] +=
          double(times) * access.written * gone;
    }
  }
}

} // namespace

std::vector<SmallVector<Served, 4>> findMemories(ArrayRef<LayerTraffic> layers,
                                                 TargetAttr target,
                                                 SymbolTable &symbols,
                                                 Homes homes) {
  return Residency(layers, target, symbols, homes).run();
}

} // namespace mlir::eke
