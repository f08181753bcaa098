//===- CheckPlaces.cpp - What places cannot be ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/CheckPlaces.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

int64_t getPlacedBytes(WeightOp weight) {
  return getPacked(weight.getTensorType()).bytes;
}

int64_t getPlacedBytes(StateOp state) {
  return alignUp(getByteSize(state.getTensorType()));
}

namespace {

class PlaceChecker {
public:
  explicit PlaceChecker(ModuleOp module)
      : module(module), target(module->getAttrOfType<TargetAttr>(kTargetAttr)) {
  }

  LogicalResult run();

private:
  MemoryAttr findMemory(StringRef name);
  std::string listMemories(bool isWritten);
  std::string whyNoHome(StringRef memory, bool isWritten);
  LogicalResult checkArena();
  LogicalResult checkStatesTogether();
  template <typename OpT> LogicalResult checkMemories(bool isWritten);
  template <typename OpT> LogicalResult checkOffsets(StringRef usual);
  template <typename OpT>
  LogicalResult checkRoom(StringRef name, ArrayRef<OpT> ops);

  ModuleOp module;
  TargetAttr target;
};

MemoryAttr PlaceChecker::findMemory(StringRef name) {
  if (target)
    for (MemoryAttr memory : target.getMemories())
      if (memory.getName() == name)
        return memory;
  return {};
}

/// "'dtcm' or 'sram'"
std::string PlaceChecker::listMemories(bool isWritten) {
  SmallVector<std::string> names;
  if (target)
    for (MemoryAttr memory : target.getMemories())
      if (memory.getKind() == MemoryKind::Ram ||
          (!isWritten && memory.getKind() == MemoryKind::Rom))
        names.push_back(("'" + memory.getName().getValue() + "'").str());
  if (names.empty())
    names.push_back(("'" + kDefaultMemory + "'").str());
  if (names.size() == 1)
    return names.front();
  return llvm::join(ArrayRef(names).drop_back(), ", ") + " or " + names.back();
}

/// Why nothing can lie in `memory`; empty if it can.
std::string PlaceChecker::whyNoHome(StringRef memory, bool isWritten) {
  std::string expected = "; expected " + listMemories(isWritten);
  if (!target)
    return memory == kDefaultMemory
               ? ""
               : ", but the module names no target" + expected;
  MemoryAttr found = findMemory(memory);
  if (!found)
    return ", which target '" + target.getName().str() + "' does not have" +
           expected;
  if (found.getKind() == MemoryKind::Cache)
    return ", which is a cache" + expected;
  if (isWritten && found.getKind() == MemoryKind::Rom)
    return ", which is only read" + expected;
  return "";
}

template <typename OpT>
LogicalResult PlaceChecker::checkMemories(bool isWritten) {
  for (OpT op : module.getOps<OpT>()) {
    StringAttr memory = getMemory(op);
    if (!memory)
      continue;
    if (std::string why = whyNoHome(memory, isWritten); !why.empty())
      return op.emitOpError("is placed in memory '")
             << memory.getValue() << "'" << why;
    auto wanted = op->template getAttrOfType<StringAttr>(kMemoryAttr);
    if (wanted && wanted != memory)
      return op.emitOpError("is placed in memory '")
             << memory.getValue() << "', but shall lie in '"
             << wanted.getValue() << "'";
  }
  return success();
}

LogicalResult PlaceChecker::checkArena() {
  auto memory = module->getAttrOfType<StringAttr>(kArenaMemoryAttr);
  std::string why = memory ? whyNoHome(memory, /*isWritten=*/true) : "";
  if (why.empty())
    return success();
  return module.emitError() << "the arena is placed in memory '"
                            << memory.getValue() << "'" << why;
}

/// A program gets the states as one.
LogicalResult PlaceChecker::checkStatesTogether() {
  StateOp first;
  for (auto state : module.getOps<StateOp>()) {
    StringAttr memory = getMemory(state);
    if (!memory)
      continue;
    if (!first)
      first = state;
    if (StringAttr other = getMemory(first); memory != other)
      return state.emitOpError("is placed in memory '")
             << memory.getValue() << "', and @" << first.getSymName() << " in '"
             << other.getValue() << "'; expected all states in one";
  }
  return success();
}

/// Of the ops of one memory, in the order of their places; those without one behind.
template <typename OpT>
LogicalResult PlaceChecker::checkRoom(StringRef name, ArrayRef<OpT> ops) {
  MemoryAttr memory = findMemory(name);
  int64_t end = 0;
  OpT last;
  for (OpT op : ops) {
    PlaceAttr place = op.getPlaceAttr();
    if (place && place.getOffset() < end)
      return op.emitOpError("is placed at ")
             << place.getOffset() << " in '" << name << "', where @"
             << last.getSymName() << " ends at " << end;
    end = addCounts(place ? place.getOffset() : end, getPlacedBytes(op));
    last = op;
    if (memory && memory.getCapacity() && end > memory.getCapacity())
      return op.emitOpError("is placed in memory '")
             << name << "', which has " << memory.getCapacity()
             << " bytes; it would end at " << end;
  }
  return success();
}

template <typename OpT>
LogicalResult PlaceChecker::checkOffsets(StringRef usual) {
  llvm::MapVector<StringAttr, SmallVector<OpT>> byMemory;
  for (OpT op : module.getOps<OpT>())
    if (StringAttr memory = getMemory(op))
      if (op.getPlace() || memory != usual)
        byMemory[memory].push_back(op);
  for (auto &[name, ops] : byMemory) {
    auto getOffset = [](OpT op) {
      return op.getPlace() ? op.getPlace()->getOffset() : INT64_MAX;
    };
    llvm::stable_sort(
        ops, [&](OpT a, OpT b) { return getOffset(a) < getOffset(b); });
    if (failed(checkRoom<OpT>(name, ops)))
      return failure();
  }
  return success();
}

LogicalResult PlaceChecker::run() {
  if (failed(checkMemories<WeightOp>(/*isWritten=*/false)) ||
      failed(checkMemories<StateOp>(/*isWritten=*/true)) ||
      failed(checkArena()) || failed(checkStatesTogether()) ||
      failed(checkOffsets<WeightOp>(getMainMemory(module))) ||
      failed(checkOffsets<StateOp>(getWrittenMemory(module))))
    return failure();
  return success();
}

} // namespace

LogicalResult checkChosenPlaces(ModuleOp module) {
  return PlaceChecker(module).run();
}

} // namespace mlir::eke
