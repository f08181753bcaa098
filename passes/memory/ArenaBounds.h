//===- ArenaBounds.h - Where buffers without a place can lie ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   bytes ^        :     :           Placed are a and b. The floor of a buffer is
//         |        +-----+           the top of what lies below it: c can lie on
//         |        |  b  |   c       a, d on b. What does not lie on its floor
//         |  +-----+--+--+   d       lies on something that is still without a
//         |  |   a    |              place, hence higher.
//         +--+--------+------> time
//
// In each section, the lowest offset of what is without a place and its bytes
// have to fit into the height.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_ARENABOUNDS_H
#define EKE_PASSES_MEMORY_ARENABOUNDS_H

#include "passes/memory/ArenaParts.h"

#include <cstddef>

namespace mlir::eke {

class ArenaBounds {
public:
  /// Tenancies without a place, in the order of their first sections.
  using Items = std::vector<unsigned>;

  /// Of the offset of an item.
  struct Bounds {
    int64_t floor;  // the highest top of what was placed below
    int64_t lowest; // where it can lie, at least its floor
  };
  /// What others leave to an item.
  struct Surroundings {
    int64_t offset; // no other is lower
    int64_t top;    // no other ends lower
    int64_t live;   // bytes in its fullest section
  };

  explicit ArenaBounds(const ArenaPart &part);

  /// Starts with nothing placed.
  void reset(int64_t height, int64_t steps);

  const Bounds &operator[](unsigned item) const { return bounds[item]; }
  void set(unsigned item, Bounds to);
  /// The changes so far, to which `undo` goes back.
  size_t changes() const { return trail.size(); }
  void undo(size_t changes);

  /// Raises the lowest offsets of `items` to what follows from those of others.
  /// False if no placement is left, or no step.
  bool tighten(const Items &items);

  /// What the last `tighten` saw around `item`.
  Surroundings look(unsigned item) const;

  /// Negative if the search had to end.
  int64_t stepsLeft() const { return steps; }
  /// How often each section was in the way, since the beginning.
  const std::vector<int64_t> &conflicts() const { return conflictsOf; }

private:
  /// The lowest offset and the lowest top among the items of a section, and
  /// those without the item that has them.
  struct Section {
    int64_t live;
    unsigned lowest, lowestTop;
    int64_t offset, nextOffset, top, nextTop;

    void add(unsigned item, int64_t offset, int64_t top);
  };
  struct Change {
    unsigned item;
    Bounds before;
  };

  bool fillSections(const Items &items);
  bool raise(const Items &items, bool &changed);
  void orderSections(const Items &items, bool &changed);
  unsigned endOf(const Items &items) const;

  const std::vector<Tenancy> &tenancies;
  int64_t height = 0;
  int64_t steps = 0;
  std::vector<Bounds> bounds;
  std::vector<Change> trail;
  std::vector<Section> sections;
  std::vector<int64_t> conflictsOf;
};

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_ARENABOUNDS_H
