//===- Assignment.cpp - Which memory each tensor lies in ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Depth first: the tenants that gain most by their best memory first, each in its
// memories from the best to the worst, as long as the bound allows for something better.
//
//===----------------------------------------------------------------------===//

#include "passes/memory/Assignment.h"

#include "passes/memory/AssignmentBound.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace mlir::eke {
namespace {

/// Costs that differ by this part of them are equal: sums of numbers are rounded.
constexpr double kTolerance = 1e-12;
/// The same of those with rent, of which prices are found by bisection.
constexpr double kRounding = 1e-9;

/// A tenant as the search sees it.
struct Guest {
  unsigned number;
  /// The memories that it may be in, and what each costs with rent: the best first.
  std::vector<std::pair<double, unsigned>> choices;
  /// How much better the best is than the next; forever if there is no other.
  double regret;
  /// Is the guest before it of the same kind?
  bool isTwin = false;
};

class AssignmentSearch {
public:
  AssignmentSearch(const std::vector<Tenant> &tenants,
                   const std::vector<Room> &rooms, int64_t steps);

  std::optional<Assignment> run();

private:
  Guest makeGuest(unsigned number) const;
  void sortGuests();
  void countBehind();
  void addRoom(const Tenant &tenant, unsigned m, int64_t bytes);
  bool hasRoom(const Tenant &tenant, unsigned m) const;
  bool hasRoomBehind(size_t next) const;
  double getBound(size_t next, double cost) const;
  void place(size_t next, double cost);

  const std::vector<Tenant> &tenants;
  AssignmentBound bound;
  /// The room that is left, and where contents come from.
  std::vector<Room> left;
  std::vector<Guest> guests;
  /// Of the guests from a number on: the sum of their least costs with rent, and the
  /// bytes of those that may be in each memory, and that must be, loaded ones included.
  std::vector<double> leastBehind;
  std::vector<std::vector<int64_t>> bytesBehind, neededBehind;
  /// By number of guest, the number of its choice.
  std::vector<unsigned> chosen, bestChosen;
  double best = kForbidden, tolerance = 0;
  int64_t stepsLeft;
};

AssignmentSearch::AssignmentSearch(const std::vector<Tenant> &tenants,
                                   const std::vector<Room> &rooms,
                                   int64_t steps)
    : tenants(tenants), bound(tenants, rooms), left(rooms), stepsLeft(steps) {
  for (unsigned m = 0; m < rooms.size(); ++m)
    left[m].bytes = bound.getRoom(m);
  for (unsigned number = 0; number < tenants.size(); ++number)
    guests.push_back(makeGuest(number));
  sortGuests();
  countBehind();
  chosen.resize(guests.size());
}

Guest AssignmentSearch::makeGuest(unsigned number) const {
  const Tenant &tenant = tenants[number];
  Guest guest{number, {}, kForbidden};
  double most = 0;
  for (unsigned m = 0; m < left.size(); ++m)
    if (tenant.costs[m] != kForbidden) {
      guest.choices.emplace_back(bound.getCostWithRent(tenant, m), m);
      most = std::max(most, guest.choices.back().first);
    }
  // With rent, many choices cost the same but for rounding.
  auto isEqual = [&](double a, double b) {
    return std::abs(a - b) <= kRounding * most;
  };
  llvm::sort(guest.choices);
  for (size_t i = 1; i < guest.choices.size(); ++i)
    if (isEqual(guest.choices[i - 1].first, guest.choices[i].first))
      guest.choices[i].first = guest.choices[i - 1].first;
  llvm::sort(guest.choices, [&](const auto &a, const auto &b) {
    return std::tuple(a.first, a.second != tenant.home, a.second) <
           std::tuple(b.first, b.second != tenant.home, b.second);
  });
  if (guest.choices.size() > 1)
    guest.regret = guest.choices[1].first - guest.choices[0].first;
  return guest;
}

/// Those that decide themselves first; of the others, the large ones.
void AssignmentSearch::sortGuests() {
  llvm::stable_sort(guests, [&](const Guest &a, const Guest &b) {
    if (a.regret != b.regret)
      return a.regret > b.regret;
    return tenants[a.number].bytes > tenants[b.number].bytes;
  });
  for (size_t i = 1; i < guests.size(); ++i) {
    const Tenant &a = tenants[guests[i - 1].number],
                 &b = tenants[guests[i].number];
    guests[i].isTwin = a.bytes == b.bytes && a.costs == b.costs &&
                       a.isLoaded == b.isLoaded && a.home == b.home;
  }
}

void AssignmentSearch::countBehind() {
  std::vector<int64_t> none(left.size(), 0);
  leastBehind.assign(guests.size() + 1, 0.0);
  bytesBehind.assign(guests.size() + 1, none);
  neededBehind = bytesBehind;
  for (size_t i = guests.size(); i-- > 0;) {
    const Guest &guest = guests[i];
    const Tenant &tenant = tenants[guest.number];
    leastBehind[i] = leastBehind[i + 1] + guest.choices.front().first;
    bytesBehind[i] = bytesBehind[i + 1];
    neededBehind[i] = neededBehind[i + 1];
    std::vector<size_t> choices(left.size(), 0); // that take room there
    for (auto [cost, m] : guest.choices) {
      ++choices[m];
      if (tenant.isLoaded && left[m].loadedFrom)
        ++choices[*left[m].loadedFrom];
    }
    for (unsigned m = 0; m < left.size(); ++m) {
      bytesBehind[i][m] += choices[m] ? tenant.bytes : 0;
      neededBehind[i][m] +=
          choices[m] == guest.choices.size() ? tenant.bytes : 0;
    }
  }
}

/// Is there room for what can only be in one memory?
bool AssignmentSearch::hasRoomBehind(size_t next) const {
  for (unsigned m = 0; m < left.size(); ++m)
    if (left[m].bytes < neededBehind[next][m])
      return false;
  return true;
}

/// Changes the room of `m`, and of where it is loaded from, by `bytes`.
void AssignmentSearch::addRoom(const Tenant &tenant, unsigned m,
                               int64_t bytes) {
  auto add = [&](unsigned room) {
    if (left[room].bytes != kUnlimited)
      left[room].bytes += bytes;
  };
  add(m);
  if (tenant.isLoaded && left[m].loadedFrom)
    add(*left[m].loadedFrom);
}

bool AssignmentSearch::hasRoom(const Tenant &tenant, unsigned m) const {
  if (left[m].bytes < tenant.bytes)
    return false;
  return !tenant.isLoaded || !left[m].loadedFrom ||
         left[*left[m].loadedFrom].bytes >= tenant.bytes;
}

/// What all cost at least, if those before `next` cost `cost`: what is left rents no
/// more than is free, and no more than it can fill.
double AssignmentSearch::getBound(size_t next, double cost) const {
  double sum = cost + leastBehind[next];
  for (unsigned m = 0; m < left.size(); ++m)
    if (left[m].bytes != kUnlimited)
      sum -= bound.getPrice(m) *
             double(std::min(left[m].bytes, bytesBehind[next][m]));
  return sum;
}

/// Places the guests from `next` on; those before cost `cost`.
void AssignmentSearch::place(size_t next, double cost) {
  if (getBound(next, cost) >= best - tolerance || !hasRoomBehind(next))
    return;
  if (next == guests.size()) {
    best = cost;
    bestChosen = chosen;
    tolerance = kTolerance * std::abs(best);
    return;
  }
  const Guest &guest = guests[next];
  const Tenant &tenant = tenants[guest.number];
  // Twins change places for nothing.
  for (unsigned choice = guest.isTwin ? chosen[next - 1] : 0;
       choice < guest.choices.size(); ++choice) {
    unsigned m = guest.choices[choice].second;
    if (!hasRoom(tenant, m))
      continue;
    if (stepsLeft == 0)
      return;
    --stepsLeft;
    chosen[next] = choice;
    addRoom(tenant, m, -tenant.bytes);
    place(next + 1, cost + tenant.costs[m]);
    addRoom(tenant, m, tenant.bytes);
  }
}

std::optional<Assignment> AssignmentSearch::run() {
  int64_t steps = stepsLeft;
  place(0, 0);
  if (best == kForbidden)
    return std::nullopt;
  Assignment found;
  found.memories.resize(tenants.size());
  for (auto [guest, choice] : llvm::zip_equal(guests, bestChosen))
    found.memories[guest.number] = guest.choices[choice].second;
  found.cost = best;
  found.isOptimal = stepsLeft > 0 || bound.get() >= best - tolerance;
  found.lowerBound = found.isOptimal ? best : bound.get();
  found.steps = steps - stepsLeft;
  return found;
}

} // namespace

std::optional<Assignment> assignTenants(const std::vector<Tenant> &tenants,
                                        const std::vector<Room> &rooms,
                                        int64_t steps) {
  return AssignmentSearch(tenants, rooms, steps).run();
}

} // namespace mlir::eke
