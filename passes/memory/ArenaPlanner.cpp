//===- ArenaPlanner.cpp - Pack buffers that live at times -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaPlanner.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace mlir::eke {
namespace {

using Order = std::vector<unsigned>;

/// Places buffers one after another, each at the lowest gap that fits.
class FirstFit {
public:
  FirstFit(const std::vector<ArenaBuffer> &buffers, int64_t alignment);

  int64_t lowerBound() const;

  /// Places the buffers in `order` and returns the height. Gives up, returning
  /// `limit`, as soon as the height is not below it.
  int64_t place(const Order &order, int64_t limit);

  const std::vector<ArenaBuffer> &buffers() const { return rounded; }
  const std::vector<int64_t> &offsets() const { return placedAt; }
  int64_t top(unsigned buffer) const {
    return placedAt[buffer] + rounded[buffer].size;
  }

private:
  int64_t lowestGap(unsigned buffer);

  std::vector<ArenaBuffer> rounded;
  /// For each buffer, those that live at the same time.
  std::vector<Order> neighbours;
  std::vector<int64_t> placedAt;
  /// Scratch of lowestGap: the byte ranges taken by neighbours.
  std::vector<std::pair<int64_t, int64_t>> taken;
};

constexpr int64_t unplaced = -1;

FirstFit::FirstFit(const std::vector<ArenaBuffer> &buffers, int64_t alignment)
    : rounded(buffers), neighbours(buffers.size()), placedAt(buffers.size()) {
  for (ArenaBuffer &buffer : rounded) {
    buffer.size = (buffer.size + alignment - 1) / alignment * alignment;
    if (buffer.begin >= buffer.end)
      buffer.size = 0;
  }
  // A sweep in the order of birth visits each overlapping pair once.
  Order byBirth(buffers.size()), alive;
  std::iota(byBirth.begin(), byBirth.end(), 0);
  std::sort(byBirth.begin(), byBirth.end(), [&](unsigned a, unsigned b) {
    return rounded[a].begin < rounded[b].begin;
  });
  for (unsigned born : byBirth) {
    if (rounded[born].size == 0)
      continue;
    alive.erase(std::remove_if(alive.begin(), alive.end(),
                               [&](unsigned other) {
                                 return rounded[other].end <=
                                        rounded[born].begin;
                               }),
                alive.end());
    for (unsigned other : alive) {
      neighbours[born].push_back(other);
      neighbours[other].push_back(born);
    }
    alive.push_back(born);
  }
}

int64_t FirstFit::lowerBound() const {
  std::vector<std::pair<int64_t, int64_t>> changes; // time, bytes
  for (const ArenaBuffer &buffer : rounded) {
    changes.emplace_back(buffer.begin, buffer.size);
    changes.emplace_back(buffer.end, -buffer.size);
  }
  // At equal times the deaths sort before the births.
  std::sort(changes.begin(), changes.end());
  int64_t live = 0, most = 0;
  for (auto [time, bytes] : changes) {
    live += bytes;
    most = std::max(most, live);
  }
  return most;
}

int64_t FirstFit::lowestGap(unsigned buffer) {
  taken.clear();
  for (unsigned other : neighbours[buffer])
    if (placedAt[other] != unplaced)
      taken.emplace_back(placedAt[other], top(other));
  std::sort(taken.begin(), taken.end());
  int64_t offset = 0;
  for (auto [begin, end] : taken) {
    if (offset + rounded[buffer].size <= begin)
      break;
    offset = std::max(offset, end);
  }
  return offset;
}

int64_t FirstFit::place(const Order &order, int64_t limit) {
  std::fill(placedAt.begin(), placedAt.end(), unplaced);
  int64_t height = 0;
  for (unsigned buffer : order) {
    placedAt[buffer] = rounded[buffer].size == 0 ? 0 : lowestGap(buffer);
    height = std::max(height, top(buffer));
    if (height >= limit)
      return limit;
  }
  return height;
}

using Key = std::function<int64_t(const ArenaBuffer &)>;

/// The buffers, those with the largest key first.
Order sortedBy(const std::vector<ArenaBuffer> &buffers, const Key &key) {
  Order order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    return key(buffers[a]) > key(buffers[b]);
  });
  return order;
}

/// A linear congruential generator (Knuth's MMIX constants): the same numbers
/// on every machine.
class Random {
public:
  unsigned below(unsigned bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<unsigned>(state >> 33) % bound;
  }

private:
  uint64_t state = 1;
};

/// Moves one element to an earlier place: usually one that reaches the top,
/// which then finds a lower gap.
void perturb(Order &order, const FirstFit &placed, int64_t height,
             Random &random) {
  Order highest;
  for (unsigned position = 0; position < order.size(); ++position)
    if (placed.top(order[position]) == height)
      highest.push_back(position);
  unsigned from = highest.empty() || random.below(4) == 0
                      ? random.below(order.size())
                      : highest[random.below(highest.size())];
  unsigned to = random.below(from + 1);
  std::rotate(order.begin() + to, order.begin() + from,
              order.begin() + from + 1);
}

} // namespace

ArenaPlan planArena(const std::vector<ArenaBuffer> &buffers, int64_t alignment,
                    unsigned rounds) {
  FirstFit firstFit(buffers, alignment);
  ArenaPlan plan;
  plan.lowerBound = firstFit.lowerBound();
  plan.bytes = INT64_MAX;

  Order best;
  const Key keys[] = {
      [](const ArenaBuffer &b) { return b.size; },
      [](const ArenaBuffer &b) { return b.size * (b.end - b.begin); },
      [](const ArenaBuffer &b) { return b.end - b.begin; },
      [](const ArenaBuffer &b) { return -b.begin; },
  };
  auto keepIfBetter = [&](const Order &order) {
    int64_t height = firstFit.place(order, plan.bytes);
    if (height >= plan.bytes)
      return false;
    plan.bytes = height;
    plan.offsets = firstFit.offsets();
    best = order;
    return true;
  };
  for (const Key &key : keys)
    keepIfBetter(sortedBy(firstFit.buffers(), key));

  Random random;
  for (unsigned round = 0; round < rounds && plan.bytes > plan.lowerBound;
       ++round) {
    firstFit.place(best, INT64_MAX);
    Order order = best;
    perturb(order, firstFit, plan.bytes, random);
    keepIfBetter(order);
  }
  return plan;
}

} // namespace mlir::eke
