//===- FirstFit.cpp - Plan a part of an arena greedily --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/FirstFit.h"

#include <algorithm>
#include <numeric>

namespace mlir::eke {
namespace {

using Order = std::vector<unsigned>;
using Key = int64_t (*)(const Tenancy &);

class FirstFit {
public:
  explicit FirstFit(const ArenaPart &part);

  Placement place(const Order &order);

private:
  int64_t findLowestGap(unsigned tenancy, const Placement &placed);

  const std::vector<Tenancy> &tenancies;
  /// For each tenancy, those that it meets.
  std::vector<Order> neighbours;
  /// Scratch of findLowestGap: the byte ranges taken by neighbours.
  std::vector<std::pair<int64_t, int64_t>> taken;
};

} // namespace

static constexpr int64_t unplaced = -1;

FirstFit::FirstFit(const ArenaPart &part)
    : tenancies(part.tenancies), neighbours(part.tenancies.size()) {
  for (unsigned a = 0; a < tenancies.size(); ++a)
    for (unsigned b = a + 1;
         b < tenancies.size() && tenancies[b].first < tenancies[a].last; ++b) {
      neighbours[a].push_back(b);
      neighbours[b].push_back(a);
    }
}

int64_t FirstFit::findLowestGap(unsigned tenancy, const Placement &placed) {
  taken.clear();
  for (unsigned other : neighbours[tenancy])
    if (int64_t offset = placed.offsets[other]; offset != unplaced)
      taken.emplace_back(offset, offset + tenancies[other].size);
  std::sort(taken.begin(), taken.end());
  int64_t offset = 0;
  for (auto [begin, end] : taken) {
    if (offset + tenancies[tenancy].size <= begin)
      break;
    offset = std::max(offset, end);
  }
  return offset;
}

Placement FirstFit::place(const Order &order) {
  Placement placed;
  placed.offsets.assign(tenancies.size(), unplaced);
  for (unsigned tenancy : order) {
    int64_t offset = findLowestGap(tenancy, placed);
    placed.offsets[tenancy] = offset;
    placed.height = std::max(placed.height, offset + tenancies[tenancy].size);
  }
  return placed;
}

/// The tenancies, those with the largest key first; of equal ones, those that
/// were given first.
static Order sortBy(const std::vector<Tenancy> &tenancies, Key key) {
  Order order(tenancies.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    int64_t keyA = key(tenancies[a]), keyB = key(tenancies[b]);
    return keyA != keyB ? keyA > keyB
                        : tenancies[a].buffer < tenancies[b].buffer;
  });
  return order;
}

static int64_t getSize(const Tenancy &tenancy) { return tenancy.size; }

Placement placeBySize(const ArenaPart &part) {
  return FirstFit(part).place(sortBy(part.tenancies, getSize));
}

Placement placeGreedily(const ArenaPart &part, int64_t goal) {
  static constexpr Key keys[] = {
      getSize,
      [](const Tenancy &t) { return t.area(); },
      [](const Tenancy &t) { return t.lifetime; },
      [](const Tenancy &t) { return -int64_t(t.first); },
  };
  FirstFit firstFit(part);
  Placement best;
  for (Key key : keys) {
    Placement placed = firstFit.place(sortBy(part.tenancies, key));
    if (best.offsets.empty() || placed.height < best.height)
      best = std::move(placed);
    if (best.height <= goal)
      break;
  }
  return best;
}

} // namespace mlir::eke
