//===- AssignmentTest.cpp - Assignments fit and are the cheapest ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/Assignment.h"

#include <gtest/gtest.h>

#include <random>

using namespace mlir::eke;

namespace {

using Tenants = std::vector<Tenant>;
using Rooms = std::vector<Room>;

/// The cost of an assignment, by the definition; infinite if it does not fit.
double getCost(const Tenants &tenants, const Rooms &rooms,
               const std::vector<unsigned> &memories) {
  std::vector<int64_t> used(rooms.size(), 0);
  double cost = 0;
  for (size_t i = 0; i < tenants.size(); ++i) {
    const Room &room = rooms[memories[i]];
    used[memories[i]] += tenants[i].bytes;
    if (tenants[i].isLoaded && room.loadedFrom)
      used[*room.loadedFrom] += tenants[i].bytes;
    cost += tenants[i].costs[memories[i]];
  }
  for (size_t m = 0; m < rooms.size(); ++m)
    if (rooms[m].bytes != kUnlimited && used[m] > rooms[m].bytes)
      return kForbidden;
  return cost;
}

/// The least cost, by trying everything.
double findLeast(const Tenants &tenants, const Rooms &rooms) {
  std::vector<unsigned> memories(tenants.size(), 0);
  double least = kForbidden;
  while (true) {
    least = std::min(least, getCost(tenants, rooms, memories));
    size_t i = 0;
    while (i < memories.size() && ++memories[i] == rooms.size())
      memories[i++] = 0;
    if (i == memories.size())
      return least;
  }
}

void expectSound(const Tenants &tenants, const Rooms &rooms,
                 const Assignment &found) {
  ASSERT_EQ(found.memories.size(), tenants.size());
  EXPECT_NEAR(getCost(tenants, rooms, found.memories), found.cost,
              1e-9 * std::abs(found.cost));
  EXPECT_LE(found.lowerBound, found.cost * (1 + 1e-9));
}

/// What random problems are like.
struct Kind {
  unsigned tenants, memories, largest;
  /// Costs of a byte; 0 if each tenant has its own.
  unsigned perByte;
  bool isLoaded;
};

constexpr Kind kinds[] = {
    {8, 2, 20, 0, false}, // a knapsack
    {7, 3, 20, 0, false},
    {8, 3, 9, 3, false}, // all bytes cost the same: subset sums
    {7, 3, 20, 0, true}, // as much room is needed where contents come from
    {8, 3, 2, 2, false}, // many alike
};

Tenants makeTenants(std::mt19937 &random, const Kind &kind, unsigned count) {
  Tenants tenants;
  for (unsigned i = 0; i < count; ++i) {
    Tenant tenant{1 + int64_t(random() % kind.largest), {}};
    for (unsigned m = 0; m < kind.memories; ++m)
      tenant.costs.push_back(kind.perByte
                                 ? double(tenant.bytes * m * kind.perByte)
                                 : double(random() % 100));
    tenant.isLoaded = random() % 4 != 0;
    if (random() % 5 == 0)
      tenant.costs[random() % (kind.memories - 1)] = kForbidden;
    tenants.push_back(std::move(tenant));
  }
  return tenants;
}

Rooms makeRooms(std::mt19937 &random, const Kind &kind) {
  Rooms rooms(kind.memories);
  for (Room &room : rooms)
    room.bytes = random() % (kind.largest * 5);
  if (random() % 2)
    rooms.back().bytes = kUnlimited;
  if (kind.isLoaded)
    rooms.front().loadedFrom = kind.memories - 1;
  return rooms;
}

TEST(Assignment, CostsTheLeastOfAll) {
  int found = 0;
  for (unsigned seed = 0; seed < 400; ++seed)
    for (const Kind &kind : kinds) {
      SCOPED_TRACE(testing::Message()
                   << "seed " << seed << ", kind " << &kind - kinds);
      std::mt19937 random(seed);
      Tenants tenants = makeTenants(random, kind, kind.tenants);
      Rooms rooms = makeRooms(random, kind);
      double least = findLeast(tenants, rooms);
      std::optional<Assignment> assignment = assignTenants(tenants, rooms);
      ASSERT_EQ(assignment.has_value(), least != kForbidden);
      if (!assignment)
        continue;
      ++found;
      expectSound(tenants, rooms, *assignment);
      EXPECT_TRUE(assignment->isOptimal);
      EXPECT_EQ(assignment->cost, least);
      EXPECT_EQ(assignment->lowerBound, assignment->cost);
    }
  EXPECT_GT(found, 1000);
}

TEST(Assignment, ProvesABoundWhenItStops) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    Tenants tenants = makeTenants(random, {8, 3, 1000, 0, false}, 8);
    Rooms rooms = {{1500}, {2000}, {}};
    double least = findLeast(tenants, rooms);
    for (int64_t steps : {8, 20, 100}) {
      std::optional<Assignment> stopped = assignTenants(tenants, rooms, steps);
      ASSERT_TRUE(stopped);
      expectSound(tenants, rooms, *stopped);
      EXPECT_LE(stopped->steps, steps);
      EXPECT_LE(stopped->lowerBound, least);
      EXPECT_GE(stopped->cost, least);
    }
  }
}

/// Two hundred tensors of a model in two memories that hold parts of them.
TEST(Assignment, IsExactWhereModelsAreLarge) {
  std::mt19937 random(1);
  Tenants tenants;
  for (unsigned i = 0; i < 200; ++i) {
    int64_t bytes = 64 * (1 + random() % 800);
    double rate = i % 3;
    tenants.push_back(
        {bytes, {1.0 * rate * bytes, 2.5 * rate * bytes, 4.0 * rate * bytes}});
  }
  Rooms rooms = {{131072}, {1048576 - 64}, {}};
  std::optional<Assignment> found = assignTenants(tenants, rooms);
  ASSERT_TRUE(found);
  expectSound(tenants, rooms, *found);
  EXPECT_TRUE(found->isOptimal) << found->cost << " " << found->lowerBound;
}

/// What costs the same everywhere stays at home, if there is room.
TEST(Assignment, TiesStayAtHome) {
  Tenants tenants(3, {10, {5, 5, 5}, true, /*home=*/1});
  std::optional<Assignment> found = assignTenants(tenants, {{}, {30}, {}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->memories, (std::vector<unsigned>{1, 1, 1}));
  found = assignTenants(tenants, {{}, {20}, {}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->cost, 15);
}

TEST(Assignment, NothingFits) {
  EXPECT_FALSE(assignTenants({{10, {1, kForbidden}}}, {{9}, {}}));
  Rooms rooms = {{100, 1}, {50}};
  EXPECT_FALSE(assignTenants({{60, {1, kForbidden}}}, rooms));
  // Both together are too small.
  EXPECT_FALSE(assignTenants(Tenants(20, {2, {1, 2}}), {{18}, {20}}));
  // What has no contents needs no room where they would come from.
  EXPECT_TRUE(assignTenants({{60, {1, kForbidden}, false}}, rooms));
}

TEST(Assignment, OfNothingCostsNothing) {
  std::optional<Assignment> none = assignTenants({}, {{0}, {}});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->cost, 0);
  EXPECT_TRUE(none->isOptimal);
}

} // namespace
