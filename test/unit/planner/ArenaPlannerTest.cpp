//===- ArenaPlannerTest.cpp - Plans are valid, tight and repeatable -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaPlanner.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

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

std::vector<ArenaBuffer> randomBuffers(unsigned seed, unsigned count) {
  std::mt19937 random(seed);
  std::vector<ArenaBuffer> buffers;
  for (unsigned i = 0; i < count; ++i) {
    int64_t begin = random() % 100;
    buffers.push_back({static_cast<int64_t>(random() % 5000), begin,
                       begin + static_cast<int64_t>(random() % 30)});
  }
  return buffers;
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

TEST(ArenaPlanner, ImprovesOnGreedy) {
  int64_t greedy = 0, improved = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<ArenaBuffer> buffers = randomBuffers(seed, 40);
    ArenaPlan plan = planArena(buffers, 1);
    expectValid(buffers, plan, 1);
    greedy += planArena(buffers, 1, /*rounds=*/0).bytes;
    improved += plan.bytes;
  }
  EXPECT_LT(improved, greedy);
}

TEST(ArenaPlanner, RandomInstancesAreValid) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::vector<ArenaBuffer> buffers = randomBuffers(seed, 5 + seed);
    int64_t alignment = seed % 2 ? 64 : 1;
    ArenaPlan plan = planArena(buffers, alignment, 200);
    expectValid(buffers, plan, alignment);
    if (alignment == 1) {
      EXPECT_EQ(plan.lowerBound, mostLive(buffers));
    }
    EXPECT_LE(plan.bytes, 2 * plan.lowerBound);
    EXPECT_EQ(plan.offsets, planArena(buffers, alignment, 200).offsets);
  }
}

/// Reads `id,lower,upper,size` lines below a header.
std::vector<ArenaBuffer> readInstance(const std::string &path) {
  std::vector<ArenaBuffer> buffers;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    ArenaBuffer buffer;
    char comma;
    int64_t id;
    fields >> id >> comma >> buffer.begin >> comma >> buffer.end >> comma >>
        buffer.size;
    buffers.push_back(buffer);
  }
  return buffers;
}

// EKE_MINIMALLOC names a folder with the instances of google/minimalloc, whose
// best known heights are 1.00 to 1.06 of the lower bound.
TEST(ArenaPlanner, Minimalloc) {
  const char *folder = std::getenv("EKE_MINIMALLOC");
  if (!folder)
    GTEST_SKIP() << "EKE_MINIMALLOC is not set";
  for (const auto &file : std::filesystem::directory_iterator(folder)) {
    std::vector<ArenaBuffer> buffers = readInstance(file.path());
    ASSERT_FALSE(buffers.empty()) << file.path();
    ArenaPlan plan = planArena(buffers, 1);
    expectValid(buffers, plan, 1);
    EXPECT_EQ(plan.lowerBound, mostLive(buffers));
    EXPECT_LE(plan.bytes, plan.lowerBound * 1.41) << file.path();
    std::printf("%s: %.3f of the lower bound\n", file.path().filename().c_str(),
                double(plan.bytes) / plan.lowerBound);
  }
}

} // namespace
