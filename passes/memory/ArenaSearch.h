//===- ArenaSearch.h - Fit a part of an arena into a height -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Branch and bound over canonical placements, in which no buffer can be moved
// down. A buffer below which no other fits any more either lies on its floor, or
// higher: these are the two branches. Where what is left falls into parts, each
// is searched by itself.
//
// The ideas of canonical solutions, of bounds per section, and of parts that come
// apart on the way are MiniMalloc's (Moffitt, ASPLOS 2023). Its placements grow by
// offset alone; here each branch says something about one buffer, wherever it is.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_ARENASEARCH_H
#define EKE_PASSES_MEMORY_ARENASEARCH_H

#include "passes/memory/ArenaBounds.h"
#include "passes/memory/FirstFit.h"

namespace mlir::eke {

/// Which buffer is tried first: one whose floor is lowest, or one of the section
/// that has the least room; then by rank.
enum class FirstTried { Lowest, Tightest };

class ArenaSearch {
public:
  enum class Answer { Fits, DoesNotFit, Unknown };

  explicit ArenaSearch(const ArenaPart &part);

  /// Looks for a placement that is no higher than `height`, and takes from
  /// `steps`. What is unknown when nothing is left stays so.
  Answer fitInto(int64_t height, FirstTried first,
                 const std::vector<unsigned> &ranks, int64_t &steps);

  /// What the last fitInto found, if it fits.
  const Placement &placement() const { return found; }
  /// How often each section was in the way, so far.
  const std::vector<int64_t> &conflicts() const { return bounds.conflicts(); }

private:
  using Items = ArenaBounds::Items;

  struct Choice {
    unsigned item;
    bool isFree; // nothing can be in its way
  };

  bool placeAll(Items items);
  bool placeParts(const Items &items);
  Choice choose(const Items &items) const;
  void place(unsigned item, Items &items);
  void exclude(unsigned item, const Items &items);

  const std::vector<Tenancy> &tenancies;
  FirstTried first = FirstTried::Lowest;
  const unsigned *ranks = nullptr;
  ArenaBounds bounds;
  Placement found;
};

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_ARENASEARCH_H
