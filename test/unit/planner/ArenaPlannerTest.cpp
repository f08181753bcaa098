//===- ArenaPlannerTest.cpp - Plans are valid and the smallest -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaPlanner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

using namespace mlir::eke;

namespace {

/// Checks what a plan promises against the definition, pair by pair.
void expectValid(const std::vector<ArenaBuffer> &buffers, const ArenaPlan &plan,
                 int64_t alignment) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  EXPECT_GE(plan.bytes, plan.lowerBound);
  for (size_t i = 0; i < buffers.size(); ++i) {
    const ArenaBuffer &a = buffers[i];
    EXPECT_EQ(plan.offsets[i] % alignment, 0);
    EXPECT_GE(plan.offsets[i], 0);
    if (a.begin < a.end) {
      EXPECT_LE(plan.offsets[i] + a.size, plan.bytes);
    }
    for (size_t j = 0; j < i; ++j) {
      const ArenaBuffer &b = buffers[j];
      bool together = a.begin < b.end && b.begin < a.end && a.begin < a.end &&
                      b.begin < b.end;
      bool apart = plan.offsets[i] + a.size <= plan.offsets[j] ||
                   plan.offsets[j] + b.size <= plan.offsets[i];
      EXPECT_TRUE(!together || apart || a.size == 0 || b.size == 0)
          << "buffers " << i << " and " << j;
    }
  }
}

/// The most bytes that live at one time, by looking at every time.
int64_t mostLive(const std::vector<ArenaBuffer> &buffers) {
  int64_t most = 0;
  for (const ArenaBuffer &at : buffers) {
    int64_t live = 0;
    for (const ArenaBuffer &b : buffers)
      if (b.begin <= at.begin && at.begin < b.end)
        live += b.size;
    most = std::max(most, live);
  }
  return most;
}

/// What random buffers are like.
struct Kind {
  unsigned times, longest, largest;
};

constexpr Kind kinds[] = {
    {100, 30, 5000}, // of many sizes, some empty or without life
    {40, 20, 8},     // of few sizes
    {6, 6, 4},       // most meet, many are alike
    {200, 12, 900},  // a chain
};

std::vector<ArenaBuffer> randomBuffers(unsigned seed, unsigned count,
                                       Kind kind = kinds[0]) {
  std::mt19937 random(seed);
  std::vector<ArenaBuffer> buffers;
  for (unsigned i = 0; i < count; ++i) {
    int64_t begin = random() % kind.times;
    buffers.push_back({static_cast<int64_t>(random() % kind.largest), begin,
                       begin + static_cast<int64_t>(random() % kind.longest)});
  }
  return buffers;
}

/// Cuts a rectangle of `height` bytes into `count` buffers, over and over, so
/// that a plan without any gap exists.
std::vector<ArenaBuffer> cutRectangle(unsigned seed, int64_t height,
                                      unsigned count) {
  std::mt19937 random(seed);
  std::vector<ArenaBuffer> buffers = {{height, 0, 1000}};
  while (buffers.size() < count) {
    ArenaBuffer &buffer = buffers[random() % buffers.size()], other = buffer;
    int64_t life = buffer.end - buffer.begin;
    if (random() % 2 && life > 1) {
      buffer.end = other.begin = buffer.begin + 1 + random() % (life - 1);
    } else if (buffer.size > 1) {
      other.size = 1 + random() % (buffer.size - 1);
      buffer.size -= other.size;
    } else {
      continue;
    }
    buffers.push_back(other);
  }
  return buffers;
}

/// The height when one buffer after another gets the lowest gap.
int64_t placeInTurn(const std::vector<ArenaBuffer> &buffers,
                    const std::vector<size_t> &order) {
  std::vector<std::pair<size_t, int64_t>> placed;
  int64_t height = 0;
  for (size_t i : order) {
    const ArenaBuffer &a = buffers[i];
    if (a.size == 0 || a.begin >= a.end)
      continue;
    int64_t offset = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (auto [j, at] : placed) {
        const ArenaBuffer &b = buffers[j];
        if (a.begin < b.end && b.begin < a.end && offset < at + b.size &&
            at < offset + a.size) {
          offset = at + b.size;
          moved = true;
        }
      }
    }
    placed.emplace_back(i, offset);
    height = std::max(height, offset + a.size);
  }
  return height;
}

TEST(ArenaPlanner, NoBuffersNeedNoArena) {
  ArenaPlan plan = planArena({});
  EXPECT_EQ(plan.bytes, 0);
  EXPECT_EQ(plan.lowerBound, 0);
}

TEST(ArenaPlanner, ReusesTheSpaceOfDeadBuffers) {
  std::vector<ArenaBuffer> chain = {
      {100, 0, 2}, {200, 1, 3}, {100, 2, 4}, {200, 3, 5}};
  ArenaPlan plan = planArena(chain, 1);
  expectValid(chain, plan, 1);
  EXPECT_EQ(plan.bytes, 300);
}

TEST(ArenaPlanner, TouchingLifetimesDoNotOverlap) {
  std::vector<ArenaBuffer> buffers = {{64, 0, 5}, {64, 5, 9}};
  EXPECT_EQ(planArena(buffers).bytes, 64);
}

TEST(ArenaPlanner, RoundsUpToTheAlignment) {
  std::vector<ArenaBuffer> buffers = {{1, 0, 2}, {65, 0, 2}, {0, 0, 2}};
  ArenaPlan plan = planArena(buffers);
  expectValid(buffers, plan, 64);
  EXPECT_EQ(plan.bytes, 192);
}

/// The height of the plan in which one buffer after another, the largest first,
/// gets the lowest gap.
int64_t greedyBySize(const std::vector<ArenaBuffer> &buffers) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return buffers[a].size != buffers[b].size
               ? buffers[a].size > buffers[b].size
               : a < b;
  });
  return placeInTurn(buffers, order);
}

/// The smallest height: in some order, placing one buffer after another where
/// it lies lowest gives it. Tries all of them.
int64_t smallestByAllOrders(const std::vector<ArenaBuffer> &buffers) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  int64_t smallest = INT64_MAX;
  do
    smallest = std::min(smallest, placeInTurn(buffers, order));
  while (std::next_permutation(order.begin(), order.end()));
  return smallest;
}

TEST(ArenaPlanner, SmallPlansAreTheSmallest) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::vector<ArenaBuffer> buffers =
        randomBuffers(seed, 3 + seed % 5, kinds[seed % std::size(kinds)]);
    ArenaPlan plan = planArena(buffers, 1);
    expectValid(buffers, plan, 1);
    EXPECT_TRUE(plan.isOptimal) << "seed " << seed;
    EXPECT_EQ(plan.bytes, smallestByAllOrders(buffers)) << "seed " << seed;
  }
}

TEST(ArenaPlanner, ProvesThatTheLowerBoundIsOutOfReach) {
  std::vector<ArenaBuffer> buffers = {{1, 1, 4}, {1, 2, 4}, {1, 1, 3},
                                      {2, 0, 1}, {2, 0, 2}, {2, 4, 5},
                                      {1, 2, 3}, {2, 3, 5}};
  ArenaPlan plan = planArena(buffers, 1);
  expectValid(buffers, plan, 1);
  EXPECT_EQ(plan.lowerBound, 4);
  EXPECT_EQ(plan.bytes, 5);
  EXPECT_EQ(plan.bytes, smallestByAllOrders(buffers));
  EXPECT_TRUE(plan.isOptimal);

  // Beside a part that is as high, it is proven as well.
  buffers.push_back({5, 7, 9});
  plan = planArena(buffers, 1);
  EXPECT_EQ(plan.bytes, 5);
  EXPECT_TRUE(plan.isOptimal);
}

TEST(ArenaPlanner, WithoutStepsThereIsNoProof) {
  unsigned unproven = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    ArenaPlan plan = planArena(randomBuffers(seed, 60, kinds[1]), 1, 0);
    EXPECT_EQ(plan.isOptimal, plan.bytes == plan.lowerBound);
    unproven += !plan.isOptimal;
  }
  EXPECT_GT(unproven, 0u);
}

TEST(ArenaPlanner, AnyNumberOfStepsWillDo) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::vector<ArenaBuffer> buffers = cutRectangle(seed, 1000, 80);
    for (int64_t steps : {0, 1, 10'000, 50'000, 100'000, 1'000'000}) {
      ArenaPlan plan = planArena(buffers, 1, steps);
      expectValid(buffers, plan, 1);
      EXPECT_LE(plan.bytes, greedyBySize(buffers));
      EXPECT_LE(plan.steps, steps);
    }
  }
}

TEST(ArenaPlanner, RandomInstancesAreValid) {
  for (unsigned seed = 0; seed < 120; ++seed) {
    std::vector<ArenaBuffer> buffers =
        randomBuffers(seed, 5 + seed, kinds[seed % std::size(kinds)]);
    int64_t alignment = seed % 2 ? 64 : 1;
    ArenaPlan plan = planArena(buffers, alignment, 300'000);
    expectValid(buffers, plan, alignment);
    if (alignment == 1) {
      EXPECT_EQ(plan.lowerBound, mostLive(buffers));
      EXPECT_LE(plan.bytes, greedyBySize(buffers));
    }
    EXPECT_EQ(plan.offsets, planArena(buffers, alignment, 300'000).offsets);
  }
}

TEST(ArenaPlanner, ManyBuffersGetAPlan) {
  std::vector<ArenaBuffer> buffers;
  for (int64_t i = 0; i < 5000; ++i)
    buffers.push_back({64 * (1 + i % 7), i, i + 2 + i % 3});
  expectValid(buffers, planArena(buffers), 64);
}

// Greedy plans of these are up to a quarter higher.
TEST(ArenaPlanner, FindsPlansWithoutAnyGap) {
  int64_t greedy = 0;
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::vector<ArenaBuffer> buffers = cutRectangle(seed, 1000, 60);
    ArenaPlan plan = planArena(buffers, 1);
    expectValid(buffers, plan, 1);
    EXPECT_EQ(plan.bytes, 1000) << "seed " << seed;
    greedy += greedyBySize(buffers);
  }
  EXPECT_GT(greedy, 10 * 1050);
}

} // namespace
