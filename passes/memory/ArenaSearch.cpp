//===- ArenaSearch.cpp - Fit a part of an arena into a height -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaSearch.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <tuple>

namespace mlir::eke {

ArenaSearch::ArenaSearch(const ArenaPart &part)
    : tenancies(part.tenancies), bounds(part) {}

ArenaSearch::Answer ArenaSearch::fitInto(int64_t height, FirstTried firstTried,
                                         const std::vector<unsigned> &rankOf,
                                         int64_t &steps) {
  first = firstTried;
  ranks = rankOf.data();
  bounds.reset(height, steps);
  Items all(tenancies.size());
  std::iota(all.begin(), all.end(), 0);
  bool fits = placeAll(std::move(all));
  bool isOver = bounds.stepsLeft() < 0;
  steps = std::max<int64_t>(bounds.stepsLeft(), 0);
  if (!fits)
    return isOver ? Answer::Unknown : Answer::DoesNotFit;
  found = Placement();
  for (unsigned item = 0; item < tenancies.size(); ++item) {
    found.offsets.push_back(bounds[item].floor);
    found.height =
        std::max(found.height, bounds[item].floor + tenancies[item].size);
  }
  return Answer::Fits;
}

/// Places `items`, which are in the order of their first sections, or leaves
/// everything as it was but for bounds that hold all the same.
bool ArenaSearch::placeAll(Items items) {
  while (!items.empty()) {
    if (!bounds.tighten(items))
      return false;
    Choice choice = choose(items);
    size_t changes = bounds.changes();
    Items others = items;
    place(choice.item, others);
    if (placeParts(others))
      return true;
    bounds.undo(changes);
    // Where nothing is in the way, higher is no better.
    if (choice.isFree || bounds.stepsLeft() < 0)
      return false;
    exclude(choice.item, items);
  }
  return true;
}

/// Places `items` part by part, where they have come apart, small ones first.
bool ArenaSearch::placeParts(const Items &items) {
  std::vector<Items> parts;
  unsigned end = 0;
  for (unsigned item : items) {
    if (parts.empty() || tenancies[item].first >= end)
      parts.emplace_back();
    parts.back().push_back(item);
    end = std::max(end, tenancies[item].last);
  }
  std::sort(parts.begin(), parts.end(), [](const Items &a, const Items &b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  for (Items &part : parts)
    if (!placeAll(std::move(part)))
      return false;
  return true;
}

/// Puts `item` on its floor, and takes it out of `items`.
void ArenaSearch::place(unsigned item, Items &items) {
  items.erase(std::lower_bound(items.begin(), items.end(), item));
  int64_t top = bounds[item].floor + tenancies[item].size;
  for (unsigned other : items)
    if (bounds[other].floor < top && tenancies[item].meets(tenancies[other]))
      bounds.set(other, {top, std::max(top, bounds[other].lowest)});
}

/// Keeps `item` off its floor, and with it those that are its like: one of them
/// there would be as good.
void ArenaSearch::exclude(unsigned item, const Items &items) {
  const Tenancy &tenancy = tenancies[item];
  for (unsigned other : items) {
    const Tenancy &like = tenancies[other];
    if (like.first == tenancy.first && like.last == tenancy.last &&
        like.size == tenancy.size && bounds[other].lowest == bounds[item].floor)
      bounds.set(other, {bounds[other].floor, bounds[other].floor + 1});
  }
}

/// An item that can lie on its floor, below all others that it meets. There is
/// one: what has the lowest top.
ArenaSearch::Choice ArenaSearch::choose(const Items &items) const {
  using Key = std::tuple<int64_t, unsigned>;
  Key best{INT64_MAX, 0};
  unsigned chosen = tenancies.size();
  for (unsigned item : items) {
    auto [floor, lowest] = bounds[item];
    if (lowest != floor)
      continue;
    ArenaBounds::Surroundings others = bounds.look(item);
    if (others.top <= floor)
      continue;
    if (others.offset >= floor + tenancies[item].size)
      return {item, true};
    Key key{first == FirstTried::Lowest ? floor : -others.live, ranks[item]};
    if (key < best) {
      best = key;
      chosen = item;
    }
  }
  assert(chosen < tenancies.size() && "the item with the lowest top can lie");
  return {chosen, false};
}

} // namespace mlir::eke
