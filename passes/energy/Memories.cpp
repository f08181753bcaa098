//===- Memories.cpp - Which memories have a tensor ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/Memories.h"

#include "dialects/eke/Images.h"

namespace mlir::eke {

bool isSparse(const Access &access) {
  return access.kind == Access::Weight && access.read < access.bytes;
}

/// The bytes of a tensor that stay behind in a cache.
static int64_t getTouched(const Access &access) {
  return std::max(access.read, access.written);
}

std::optional<unsigned> Memories::findMemory(StringRef name) const {
  for (auto [number, memory] : llvm::enumerate(memories))
    if (memory.getName() == name)
      return number;
  return std::nullopt;
}

unsigned Memories::getHome(const Access &access) const {
  if (homes.getOnly())
    return *homes.getOnly();
  if (homes.asksPlaces()) {
    PlaceAttr place = getPlace(access);
    StringRef name = place ? place.getMemory().getValue() : StringRef();
    auto arena = symbols.getOp()->getAttrOfType<StringAttr>(kArenaMemoryAttr);
    if (access.kind == Access::Value && arena)
      name = arena.getValue();
    if (std::optional<unsigned> number = findMemory(name))
      return *number;
  }
  std::optional<unsigned> usual =
      findMemory(access.kind == Access::Weight ? target.getMainMemory()
                                               : target.getWrittenMemory());
  return usual.value_or(memories.size() - 1);
}

PlaceAttr Memories::getPlace(const Access &access) const {
  Operation *op = access.symbol ? symbols.lookup(access.symbol) : nullptr;
  if (auto weight = dyn_cast_if_present<WeightOp>(op))
    return weight.getPlaceAttr();
  auto state = dyn_cast_if_present<StateOp>(op);
  return state ? state.getPlaceAttr() : PlaceAttr();
}

Extent Memories::getExtent(const Access &access) const {
  PlaceAttr place = getPlace(access);
  // Nobody knows which row of a table it is.
  if (!place || !access.isPlaced || isSparse(access))
    return {std::nullopt, getTouched(access)};
  return {place.getOffset(), getTouched(access)};
}

ByMemory Memories::findIn(unsigned memory) const {
  ByMemory parts(memories.size(), 0.0);
  parts[memory] = 1;
  return parts;
}

ByMemory Memories::find(const Extent &extent, ArrayRef<Extent> others,
                        unsigned home) {
  ByMemory parts(memories.size(), 0.0);
  double found = 0;
  for (unsigned number = 0; number < home; ++number) {
    if (!isCache(number))
      continue;
    CacheSets &cache = sets[number];
    cache.clear();
    cache.add(extent);
    llvm::for_each(others, [&](const Extent &other) { cache.add(other); });
    // A cache behind another also has what that one has.
    double staying = std::max(found, cache.getPartThatStays(extent));
    parts[number] = staying - found;
    found = staying;
  }
  parts[home] = 1 - found;
  return parts;
}

} // namespace mlir::eke
