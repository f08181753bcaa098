//===- MemoryChooser.cpp - Assign tensors to memories ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   energy model ──► cost of each tensor in each memory ──┐
//   target       ──► room of each memory                ──┴─► assignment ──► eke.memory
//
//===----------------------------------------------------------------------===//

#include "passes/memory/MemoryChooser.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"
#include "passes/memory/CheckPlaces.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke {

/// Figures may be anything; sums of these are numbers.
static constexpr double kMostCost = 1e200;

/// A number for people, who read none that are larger.
static int64_t toCount(double number) {
  return int64_t(std::clamp(number, -1e18, 1e18));
}

remark::RemarkOpts placementRemark(StringRef name) {
  return remark::RemarkOpts::name(name).category("placement");
}

MemoryChooser::MemoryChooser(ModuleOp module, TargetAttr target,
                             PlacementCosts costs, double callsPerStart)
    : module(module), target(target), costs(std::move(costs)),
      callsPerStart(callsPerStart), homes(listHomes(target)),
      priced(listPricedHomes(target)) {
  mainHome = findHome(target.getMainMemory());
  writtenHome = findHome(target.getWrittenMemory());
  for (unsigned home = homes.size(); home-- > 0;)
    if (getHome(home).getKind() == MemoryKind::Rom)
      loadedFrom = home;
}

unsigned MemoryChooser::findHome(StringRef memory) const {
  return llvm::find_if(homes,
                       [&](unsigned number) {
                         return target.getMemories()[number].getName() ==
                                memory;
                       }) -
         homes.begin();
}

/// The share of a start's copy that the time has which costs are for.
double MemoryChooser::getLoadCost(unsigned home, int64_t bytes) const {
  if (!loadedFrom || getHome(home).getKind() == MemoryKind::Rom)
    return 0;
  double once = double(bytes) *
                (costs.read[homes[*loadedFrom]] + costs.written[homes[home]]);
  return once * costs.calls / callsPerStart;
}

/// `fixed`: the memory that it lies in already, or null.
PlacedItem MemoryChooser::makeItem(PlacedItem::Kind kind, StringRef name,
                                   int64_t bytes, const ByMemory &use,
                                   StringAttr fixed) {
  bool isWritten = kind != PlacedItem::Weight;
  unsigned usual = isWritten ? writtenHome : mainHome;
  bool hasChoice = llvm::is_contained(priced, homes[usual]) && !fixed;
  PlacedItem item{kind, name, {bytes, {}, /*isLoaded=*/!isWritten, usual}, {}};
  for (unsigned home = 0; home < homes.size(); ++home) {
    bool isAllowed = fixed       ? getHome(home).getName() == fixed
                     : hasChoice ? llvm::is_contained(priced, homes[home])
                                 : home == usual;
    if (isWritten && getHome(home).getKind() == MemoryKind::Rom)
      isAllowed = false;
    double load = isWritten ? 0 : getLoadCost(home, bytes);
    item.use.push_back(use[homes[home]]);
    item.tenant.costs.push_back(
        isAllowed ? std::min(item.use.back() + load, kMostCost) : kForbidden);
  }
  return item;
}

void MemoryChooser::addWeights() {
  SymbolTableCollection tables;
  SymbolUserMap users(tables, module);
  for (auto weight : module.getOps<WeightOp>()) {
    if (users.useEmpty(weight) || getPlacedBytes(weight) == 0)
      continue;
    items.push_back(makeItem(
        PlacedItem::Weight, weight.getSymName(), getPlacedBytes(weight),
        costs.getCosts(weight.getSymNameAttr()), getMemory(weight)));
    items.back().weight = weight;
  }
}

void MemoryChooser::addStates() {
  int64_t bytes = 0;
  ByMemory sum(target.getMemories().size(), 0.0);
  StringAttr fixed;
  for (auto state : module.getOps<StateOp>()) {
    bytes = addCounts(bytes, getPlacedBytes(state));
    for (auto [all, own] :
         llvm::zip_equal(sum, costs.getCosts(state.getSymNameAttr())))
      all += own;
    if (!fixed)
      fixed = getMemory(state);
  }
  if (bytes)
    items.push_back(
        makeItem(PlacedItem::States, "the states", bytes, sum, fixed));
}

/// Its bytes are those that the module says it will have, or else those of the values.
void MemoryChooser::addArena() {
  auto known = module->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
  int64_t bytes = known ? known.getInt() : costs.valueBytes;
  if (bytes)
    items.push_back(
        makeItem(PlacedItem::Arena, "the arena", alignUp(bytes), costs.values,
                 module->getAttrOfType<StringAttr>(kArenaMemoryAttr)));
}

/// Of each memory its capacity, but for the stack and what lies between places.
void MemoryChooser::makeRooms() {
  for (unsigned home = 0; home < homes.size(); ++home) {
    MemoryAttr memory = getHome(home);
    Room &room = rooms.emplace_back();
    if (memory.getCapacity())
      room.bytes = memory.getCapacity();
    if (memory.getKind() == MemoryKind::Ram)
      room.loadedFrom = loadedFrom;
  }
  auto reserve = [&](unsigned home, int64_t bytes) {
    if (rooms[home].bytes != kUnlimited)
      rooms[home].bytes = std::max<int64_t>(0, rooms[home].bytes - bytes);
  };
  reserve(writtenHome, target.getStack());
  for (const WeightImage &image : listImages(module)) {
    int64_t end = 0, used = 0;
    for (auto weight : module.getOps<WeightOp>())
      if (isIn(weight, image)) {
        int64_t bytes = getPlacedBytes(weight);
        end = std::max(end, addCounts(weight.getPlace()->getOffset(), bytes));
        used += bytes;
      }
    reserve(findHome(image.memory), end - used);
  }
}

/// If not all fits, the memory that weights lie in without a choice overflows, or the one
/// of states and the arena, which no weights are in then.
std::optional<Assignment> MemoryChooser::assign() const {
  std::vector<Tenant> tenants;
  for (const PlacedItem &item : items)
    tenants.push_back(item.tenant);
  if (auto found = assignTenants(tenants, rooms))
    return found;
  std::vector<Room> larger = rooms;
  for (unsigned home : {mainHome, loadedFrom.value_or(mainHome)})
    larger[home].bytes = kUnlimited;
  if (auto found = assignTenants(tenants, larger))
    return found;
  larger[writtenHome].bytes = kUnlimited;
  for (auto [item, tenant] : llvm::zip_equal(items, tenants))
    if (item.kind == PlacedItem::Weight &&
        tenant.costs[mainHome] != kForbidden && mainHome != writtenHome)
      tenant.costs[writtenHome] = kForbidden;
  return assignTenants(tenants, larger);
}

void MemoryChooser::write(const Assignment &found) {
  for (auto [item, home] : llvm::zip_equal(items, found.memories)) {
    StringAttr memory = getHome(home).getName();
    switch (item.kind) {
    case PlacedItem::Weight:
      if (!item.weight.getPlace())
        item.weight->setAttr(kMemoryAttr, memory);
      break;
    case PlacedItem::States:
      for (auto state : module.getOps<StateOp>())
        if (!state.getPlace())
          state->setAttr(kMemoryAttr, memory);
      break;
    case PlacedItem::Arena:
      module->setAttr(kArenaMemoryAttr, memory);
      break;
    }
  }
}

/// Says what a tensor saves that does not lie where all do, and after how many calls.
void MemoryChooser::explainItem(const PlacedItem &item, unsigned home) {
  unsigned usual = item.tenant.home;
  WeightOp weight = item.weight;
  Location loc = weight ? weight.getLoc() : module.getLoc();
  if (home == usual)
    return;
  double saved = item.use[usual] - item.use[home];
  double once = item.tenant.costs[home] - item.use[home];
  auto remark = remark::passed(loc, placementRemark("PlacedTensor"));
  remark << remark::metric("tensor", item.name)
         << remark::metric("memory", getHome(home).getName().getValue())
         << remark::metric("bytes", item.tenant.bytes)
         << remark::metric("saved_picojoules", toCount(saved));
  if (once > 0 && saved > 0)
    remark << remark::metric("pays_after_calls",
                             toCount(std::ceil(once * callsPerStart / saved)));
}

void MemoryChooser::explain(const Assignment &found) {
  remark::passed(module.getLoc(), placementRemark("ChosenMemories"))
      << remark::metric("picojoules", toCount(found.cost))
      << remark::metric("lower_bound", toCount(found.lowerBound))
      << remark::metric("proven", found.isOptimal);
  for (auto [item, home] : llvm::zip_equal(items, found.memories))
    explainItem(item, home);
}

LogicalResult MemoryChooser::run() {
  addWeights();
  addStates();
  addArena();
  makeRooms();
  std::optional<Assignment> found = assign();
  if (!found)
    return module.emitError()
           << "no assignment to memories was found that keeps the places that "
              "are given";
  write(*found);
  explain(*found);
  return success();
}

} // namespace mlir::eke
