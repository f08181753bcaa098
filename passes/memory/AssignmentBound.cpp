//===- AssignmentBound.cpp - What no assignment can cost less than --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/AssignmentBound.h"

#include "llvm/ADT/BitVector.h"

#include <algorithm>
#include <numeric>

namespace mlir::eke {

AssignmentBound::AssignmentBound(const std::vector<Tenant> &tenants,
                                 const std::vector<Room> &rooms)
    : tenants(tenants), rooms(rooms), prices(rooms.size(), 0.0) {
  tightenRooms();
  best = evaluate(prices, nullptr);
  raise();
}

/// The largest sum of some of `sizes` that is no more than `most`.
static int64_t findLargestSum(const std::vector<int64_t> &sizes, int64_t most) {
  int64_t all = std::accumulate(sizes.begin(), sizes.end(), int64_t(0));
  if (all <= most)
    return all;
  int64_t unit = 0;
  for (int64_t size : sizes)
    unit = std::gcd(unit, size);
  constexpr int64_t kMostUnits = int64_t(1) << 22; // half a megabyte of bits
  int64_t units = most / unit;
  if (units > kMostUnits)
    return units * unit;
  llvm::BitVector sums(units + 1);
  sums.set(0);
  for (int64_t size : sizes) {
    if (size / unit > units)
      continue;
    llvm::BitVector with = sums;
    with <<= size / unit;
    sums |= with;
  }
  return sums.find_last() * unit;
}

/// A memory that nothing is loaded from has no more room than what sizes add up to.
void AssignmentBound::tightenRooms() {
  for (unsigned m = 0; m < rooms.size(); ++m) {
    bool holdsContents = llvm::any_of(
        rooms, [&](const Room &room) { return room.loadedFrom == m; });
    if (holdsContents || rooms[m].bytes == kUnlimited)
      continue;
    std::vector<int64_t> sizes;
    for (const Tenant &tenant : tenants)
      if (tenant.costs[m] != kForbidden)
        sizes.push_back(tenant.bytes);
    rooms[m].bytes = findLargestSum(sizes, rooms[m].bytes);
  }
}

double AssignmentBound::getCostWithRent(const Tenant &tenant, unsigned m,
                                        const std::vector<double> &at) const {
  double price = at[m];
  if (tenant.isLoaded && rooms[m].loadedFrom)
    price += at[*rooms[m].loadedFrom];
  return tenant.costs[m] + price * double(tenant.bytes);
}

/// The bound at some prices; adds to `excess` the bytes that are rented and not there.
double AssignmentBound::evaluate(const std::vector<double> &at,
                                 std::vector<double> *excess) const {
  double bound = 0;
  for (unsigned m = 0; m < rooms.size(); ++m) {
    if (rooms[m].bytes == kUnlimited)
      continue;
    bound -= at[m] * double(rooms[m].bytes);
    if (excess)
      (*excess)[m] -= double(rooms[m].bytes);
  }
  for (const Tenant &tenant : tenants) {
    double least = kForbidden;
    unsigned where = 0;
    for (unsigned m = 0; m < rooms.size(); ++m)
      if (double cost = getCostWithRent(tenant, m, at); cost < least) {
        least = cost;
        where = m;
      }
    bound += least;
    if (!excess)
      continue;
    (*excess)[where] += double(tenant.bytes);
    if (tenant.isLoaded && rooms[where].loadedFrom)
      (*excess)[*rooms[where].loadedFrom] += double(tenant.bytes);
  }
  return bound;
}

/// At this price of a byte, nobody rents who need not.
double AssignmentBound::getLargestPrice() const {
  double largest = 0;
  for (const Tenant &tenant : tenants) {
    double least = kForbidden, most = 0;
    for (double cost : tenant.costs)
      if (cost != kForbidden) {
        least = std::min(least, cost);
        most = std::max(most, cost);
      }
    largest = std::max(largest, (most - least) / double(tenant.bytes));
  }
  return largest;
}

/// The bound is concave: where it turns as some prices change by the same, bisection
/// finds.
bool AssignmentBound::raiseAlong(const std::vector<unsigned> &memories) {
  double low = -kForbidden, high = getLargestPrice();
  for (unsigned m : memories)
    low = std::max(low, -prices[m]);
  std::vector<double> at = prices;
  auto move = [&](double by) {
    for (unsigned m : memories)
      at[m] = std::max(0.0, prices[m] + by);
  };
  for (int halving = 0; halving < 60; ++halving) {
    double middle = (low + high) / 2, slope = 0;
    std::vector<double> excess(rooms.size(), 0.0);
    move(middle);
    evaluate(at, &excess);
    for (unsigned m : memories)
      slope += excess[m];
    (slope > 0 ? low : high) = middle;
  }
  std::vector<double> highest;
  for (double by : {low, high}) {
    move(by);
    if (double bound = evaluate(at, nullptr); bound > best) {
      best = bound;
      highest = at;
    }
  }
  if (highest.empty())
    return false;
  prices = std::move(highest);
  return true;
}

/// Leaves the edges that no set of prices leads up from.
void AssignmentBound::climb() {
  std::vector<double> at = prices;
  double step = getLargestPrice() / 4;
  for (int round = 0; round < 100; ++round, step *= 0.93) {
    std::vector<double> excess(rooms.size(), 0.0);
    double bound = evaluate(at, &excess), most = 0;
    if (bound > best) {
      best = bound;
      prices = at;
    }
    for (double bytes : excess)
      most = std::max(most, std::abs(bytes));
    if (most == 0)
      return;
    for (unsigned m = 0; m < rooms.size(); ++m)
      if (rooms[m].bytes != kUnlimited)
        at[m] = std::max(0.0, at[m] + step * excess[m] / most);
  }
}

/// The sets of memories whose prices change together: where what costs less in one memory
/// also does in the next, no single price leads up.
static std::vector<std::vector<unsigned>>
listDirections(const std::vector<Room> &rooms) {
  std::vector<unsigned> limited;
  for (unsigned m = 0; m < rooms.size(); ++m)
    if (rooms[m].bytes != kUnlimited)
      limited.push_back(m);
  constexpr size_t kMostTogether = 5;
  std::vector<std::vector<unsigned>> directions;
  if (limited.size() > kMostTogether) {
    for (unsigned m : limited)
      directions.push_back({m});
    return directions;
  }
  for (unsigned set = 1; set < 1u << limited.size(); ++set) {
    std::vector<unsigned> &direction = directions.emplace_back();
    for (unsigned i = 0; i < limited.size(); ++i)
      if (set >> i & 1)
        direction.push_back(limited[i]);
  }
  return directions;
}

void AssignmentBound::raise() {
  constexpr int kMostRounds = 20;
  auto directions = listDirections(rooms);
  bool isHigher = true;
  for (int round = 0; round < kMostRounds && isHigher; ++round) {
    double before = best;
    for (const std::vector<unsigned> &direction : directions)
      raiseAlong(direction);
    if (best == before && round > 0)
      climb();
    isHigher = best > before;
  }
}

} // namespace mlir::eke
