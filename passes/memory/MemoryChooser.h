//===- MemoryChooser.h - Assign tensors to memories -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_MEMORYCHOOSER_H
#define EKE_PASSES_MEMORY_MEMORYCHOOSER_H

#include "passes/memory/Assignment.h"
#include "passes/memory/PlacementCosts.h"

#include "mlir/IR/Remarks.h"

namespace mlir::eke {

/// Those about where tensors lie.
remark::RemarkOpts placementRemark(StringRef name);

/// What is assigned together: a weight, all states, or the arena.
struct PlacedItem {
  enum Kind { Weight, States, Arena };
  Kind kind;
  StringRef name;
  Tenant tenant;
  /// Picojoules by number of home, without those of loading.
  std::vector<double> use;
  WeightOp weight = {};
};

/// Makes a module's tensors and its target's memories an assignment, and writes what is
/// found into the module.
class MemoryChooser {
public:
  MemoryChooser(ModuleOp module, TargetAttr target, PlacementCosts costs,
                double callsPerStart);

  LogicalResult run();

private:
  MemoryAttr getHome(unsigned home) const {
    return target.getMemories()[homes[home]];
  }
  unsigned findHome(StringRef memory) const;
  double getLoadCost(unsigned home, int64_t bytes) const;
  PlacedItem makeItem(PlacedItem::Kind kind, StringRef name, int64_t bytes,
                      const ByMemory &use, StringAttr fixed);
  void addWeights();
  void addStates();
  void addArena();
  void makeRooms();
  std::optional<Assignment> assign() const;
  void write(const Assignment &found);
  void explain(const Assignment &found);
  void explainItem(const PlacedItem &item, unsigned home);

  ModuleOp module;
  TargetAttr target;
  PlacementCosts costs;
  double callsPerStart;
  /// The numbers of memories that have places, of which some have a price.
  SmallVector<unsigned> homes, priced;
  unsigned mainHome, writtenHome;
  /// Where contents are before start, as RAM forgets them: the first memory that is only
  /// read.
  std::optional<unsigned> loadedFrom;
  std::vector<PlacedItem> items;
  std::vector<Room> rooms;
};

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_MEMORYCHOOSER_H
