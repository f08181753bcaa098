//===- CacheSetsTest.cpp - What the sets of a cache can hold --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/CacheSets.h"

#include "compiler/meter/Caches.h"

#include <gtest/gtest.h>

#include <vector>

using namespace mlir::eke;

namespace {

constexpr int64_t line = 64;

TEST(CacheSets, OneSetHasAllOrNothing) {
  CacheSets sets(4096, 0);
  Extent tensor{0, 1024};
  sets.add(tensor);
  sets.add({8192, 3072});
  EXPECT_EQ(sets.getPartThatStays(tensor), 1);
  sets.add({16384, 1});
  EXPECT_EQ(sets.getPartThatStays(tensor), 0);
  sets.clear();
  sets.add(tensor);
  EXPECT_EQ(sets.getPartThatStays(tensor), 1);
}

TEST(CacheSets, HalfTheSetsHaveTooMuch) {
  CacheSets sets(8192, 2); // 4096 bytes a way
  Extent tensor{0, 4096};
  sets.add(tensor);
  sets.add({4096, 4096});
  EXPECT_EQ(sets.getPartThatStays(tensor), 1);
  sets.add({8192 + 1024, 2048});
  EXPECT_NEAR(sets.getPartThatStays(tensor), 0.5, 1e-9);
  // Where it has its bytes, no others are.
  EXPECT_NEAR(sets.getPartThatStays({0, 1024}), 1, 1e-9);
  EXPECT_NEAR(sets.getPartThatStays({4096 + 1024, 1024}), 0, 1e-9);
}

TEST(CacheSets, WhatGoesOnAtTheFirstSet) {
  CacheSets sets(8192, 1);
  sets.add({7168, 2048}); // the last 1024 bytes of the way, and its first
  Extent tensor{512, 1024};
  sets.add(tensor);
  EXPECT_NEAR(sets.getPartThatStays(tensor), 0.5, 1e-9);
}

TEST(CacheSets, WithoutAPlaceItIsEverywhere) {
  CacheSets sets(8192, 2);
  Extent tensor{0, 8192};
  sets.add(tensor);
  sets.add({std::nullopt, 1024}); // a quarter of the sets has one line more
  EXPECT_NEAR(sets.getPartThatStays(tensor), 0.75, 1e-9);
}

/// The part of a tensor's lines that a simulated cache has still when the same tensors are
/// read over and over.
double simulate(uint64_t capacity, uint64_t ways,
                const std::vector<Extent> &tensors, const Extent &tensor) {
  Cache *cache = nullptr;
  EXPECT_TRUE(addCache(&cache, capacity, line, ways));
  for (int round = 0; round < 2; ++round)
    for (const Extent &used : tensors) {
      if (round == 1 && used.start == tensor.start) {
        *getCacheCounts(cache) = {};
        accessCaches(cache, *used.start, used.bytes, false, 0);
        double missed = double(getCacheCounts(cache)->fetched[0]) * line;
        destroyCaches(cache);
        return 1 - missed / double(used.bytes);
      }
      accessCaches(cache, *used.start, used.bytes, false, 0);
    }
  return -1;
}

TEST(CacheSets, ForetellsWhatASimulatedCacheHas) {
  // Weights that adjoin, and states of which no more than a half is used.
  for (int64_t scale : {3, 5, 7, 8, 9, 12})
    for (auto [capacity, ways] : std::vector<std::pair<int64_t, int64_t>>{
             {32768, 4}, {65536, 16}, {131072, 8}, {98304, 12}, {65536, 0}}) {
      std::vector<Extent> tensors;
      int64_t at = 0;
      for (int64_t number = 0; number < 6; ++number) {
        int64_t bytes = (number % 3 + 1) * scale * 5 * line;
        tensors.push_back({at, bytes});
        at += bytes;
      }
      at = 1 << 20;
      for (int64_t number = 0; number < 4; ++number, at += 8192)
        tensors.push_back({at, 4096});
      CacheSets sets(capacity, ways);
      for (const Extent &tensor : tensors)
        sets.add(tensor);
      for (const Extent &tensor : tensors)
        EXPECT_NEAR(sets.getPartThatStays(tensor),
                    simulate(capacity, ways, tensors, tensor), 0.1)
            << capacity << " bytes, " << ways << " ways, scale " << scale
            << ", tensor at " << *tensor.start;
    }
}

} // namespace
