//===- CachesTest.cpp - Simulated caches against a plain model ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Caches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace {

struct Geometry {
  uint64_t bytes, lineBytes, ways;
};

class Hierarchy {
public:
  explicit Hierarchy(const std::vector<Geometry> &levels) {
    for (const Geometry &level : levels)
      EXPECT_TRUE(addCache(&first, level.bytes, level.lineBytes, level.ways));
  }
  ~Hierarchy() { destroyCaches(first); }
  Hierarchy(const Hierarchy &) = delete;
  Hierarchy &operator=(const Hierarchy &) = delete;

  void read(uint64_t address, uint64_t size, unsigned region = 0) {
    accessCaches(first, address, size, false, region);
  }
  void write(uint64_t address, uint64_t size, unsigned region = 0) {
    accessCaches(first, address, size, true, region);
  }
  uint64_t fetched(unsigned level, unsigned region = 0) {
    return counts(level).fetched[region];
  }
  uint64_t written(unsigned level, unsigned region = 0) {
    return counts(level).written[region];
  }

private:
  const CacheCounts &counts(unsigned level) {
    Cache *cache = first;
    while (level-- > 0)
      cache = getNextCache(cache);
    return *getCacheCounts(cache);
  }

  Cache *first = nullptr;
};

//===----------------------------------------------------------------------===//
// By hand
//===----------------------------------------------------------------------===//

TEST(Caches, LineStaysWhileItIsUsed) {
  Hierarchy caches({{128, 64, 0}});
  caches.read(0, 4);
  caches.read(60, 4);
  EXPECT_EQ(caches.fetched(0), 1u);
  caches.read(64, 4);
  caches.read(0, 4);   // is newer now than 64
  caches.read(128, 4); // takes its place
  caches.read(0, 4);
  EXPECT_EQ(caches.fetched(0), 3u);
  caches.read(64, 4);
  EXPECT_EQ(caches.fetched(0), 4u);
  EXPECT_EQ(caches.written(0), 0u);
}

TEST(Caches, SetsHaveTheirOwnLines) {
  Hierarchy caches({{256, 64, 1}}); // 4 sets
  caches.read(0, 1);
  caches.read(64, 1);
  caches.read(256, 1); // the set of 0
  caches.read(64, 1);
  EXPECT_EQ(caches.fetched(0), 3u);
  caches.read(0, 1);
  EXPECT_EQ(caches.fetched(0), 4u);
}

TEST(Caches, AccessAcrossLinesUsesBoth) {
  Hierarchy caches({{256, 64, 0}});
  caches.read(60, 8);
  EXPECT_EQ(caches.fetched(0), 2u);
  caches.read(0, 64);
  caches.read(64, 64);
  EXPECT_EQ(caches.fetched(0), 2u);
}

TEST(Caches, WhatWasWrittenIsWrittenBackOnce) {
  Hierarchy caches({{64, 64, 0}, {128, 64, 0}});
  caches.write(0, 8, 1); // fetched first
  caches.write(8, 8, 2); // is there
  EXPECT_EQ(caches.fetched(0, 1), 1u);
  EXPECT_EQ(caches.fetched(1, 1), 1u);
  caches.read(64, 8, 3);
  EXPECT_EQ(caches.written(0, 1), 1u); // for whom it was brought in
  EXPECT_EQ(caches.written(0, 2), 0u);
  EXPECT_EQ(caches.written(1, 1), 0u); // the second level has it
  caches.read(128, 8, 3);
  EXPECT_EQ(caches.written(0, 3), 0u); // was only read
  EXPECT_EQ(caches.written(1, 1), 1u);
  EXPECT_EQ(caches.fetched(1, 3), 2u);
}

TEST(Caches, WholeLineIsWrittenWithoutFetching) {
  Hierarchy caches({{64, 32, 0}, {64, 32, 0}});
  caches.write(16, 64); // half a line, a whole one, half a line
  EXPECT_EQ(caches.fetched(0), 2u);
  EXPECT_EQ(caches.written(0), 1u);
  EXPECT_EQ(caches.fetched(1), 2u);
}

TEST(Caches, GeometriesWithoutASetAreRefused) {
  for (const Geometry &level : std::vector<Geometry>{
           {0, 64, 0}, {63, 64, 1}, {256, 64, 5}, {256, 48, 0}, {256, 0, 0}}) {
    Cache *first = nullptr;
    EXPECT_FALSE(addCache(&first, level.bytes, level.lineBytes, level.ways));
    EXPECT_EQ(first, nullptr);
  }
}

//===----------------------------------------------------------------------===//
// Against a model that is slow and plain
//===----------------------------------------------------------------------===//

/// Every line has the time of its last use; to find one, all of its set are looked at.
class PlainCache {
public:
  PlainCache(const Geometry &level, std::unique_ptr<PlainCache> next)
      : next(std::move(next)), lineBytes(level.lineBytes),
        ways(level.ways ? level.ways : level.bytes / level.lineBytes),
        sets(level.bytes / level.lineBytes / ways) {}

  void access(uint64_t address, uint64_t size, bool isWrite, unsigned region) {
    uint64_t end = address + size;
    while (address < end) {
      uint64_t start = address - address % lineBytes;
      uint64_t lineEnd = start + lineBytes;
      bool isOverwritten = isWrite && address == start && lineEnd <= end;
      Line &line = bring(start, isOverwritten, region);
      line.lastUse = ++now;
      line.isDirty = line.isDirty || isWrite;
      address = lineEnd;
    }
  }

  std::unique_ptr<PlainCache> next;
  CacheCounts counts = {};

private:
  struct Line {
    uint64_t start, lastUse;
    unsigned region;
    bool isDirty;
  };

  Line &bring(uint64_t start, bool isOverwritten, unsigned region) {
    std::vector<Line> &set = sets[start / lineBytes % sets.size()];
    for (Line &line : set)
      if (line.start == start)
        return line;
    if (set.size() == ways) {
      auto oldest = std::min_element(
          set.begin(), set.end(),
          [](const Line &a, const Line &b) { return a.lastUse < b.lastUse; });
      if (oldest->isDirty)
        writeBack(*oldest);
      set.erase(oldest);
    }
    if (!isOverwritten) {
      ++counts.fetched[region];
      if (next)
        next->access(start, lineBytes, false, region);
    }
    set.push_back({start, 0, region, false});
    return set.back();
  }

  void writeBack(const Line &line) {
    ++counts.written[line.region];
    if (next)
      next->access(line.start, lineBytes, true, line.region);
  }

  uint64_t lineBytes, ways, now = 0;
  std::vector<std::vector<Line>> sets;
};

class RandomTraces : public testing::TestWithParam<std::vector<Geometry>> {};

TEST_P(RandomTraces, CountAsThePlainModelDoes) {
  constexpr unsigned accesses = 60000;
  for (unsigned seed = 0; seed < 4; ++seed) {
    Hierarchy caches(GetParam());
    std::unique_ptr<PlainCache> plain;
    for (auto level = GetParam().rbegin(); level != GetParam().rend(); ++level)
      plain = std::make_unique<PlainCache>(*level, std::move(plain));
    std::mt19937_64 random(seed);
    uint64_t address = 0;
    // Streams over some times what fits, and places that are used again and again.
    for (unsigned i = 0; i < accesses; ++i) {
      uint64_t choice = random() % 16;
      if (choice == 0)
        address = random() % 16384;
      else if (choice < 3)
        address = random() % 512;
      else
        address += random() % 24;
      uint64_t size = choice == 4 ? 1 + random() % 200 : 1 << random() % 5;
      bool isWrite = random() % 3 == 0;
      unsigned region = (address >> 10) % cacheRegions;
      (isWrite ? caches.write(address, size, region)
               : caches.read(address, size, region));
      plain->access(address, size, isWrite, region);
    }
    unsigned number = 0;
    for (PlainCache *level = plain.get(); level;
         level = level->next.get(), ++number)
      for (unsigned region = 0; region < cacheRegions; ++region) {
        EXPECT_EQ(caches.fetched(number, region), level->counts.fetched[region])
            << "level " << number << ", region " << region << ", seed " << seed;
        EXPECT_EQ(caches.written(number, region), level->counts.written[region])
            << "level " << number << ", region " << region << ", seed " << seed;
        EXPECT_GT(level->counts.fetched[region], 0u);
        EXPECT_GT(level->counts.written[region], 0u);
      }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Caches, RandomTraces,
    testing::Values(std::vector<Geometry>{{1024, 64, 1}},
                    std::vector<Geometry>{{1024, 64, 4}},
                    std::vector<Geometry>{{4096, 64, 0}},
                    std::vector<Geometry>{{64, 64, 0}},
                    std::vector<Geometry>{{2880, 64, 3}}, // 15 sets
                    std::vector<Geometry>{{1024, 64, 2}, {4096, 64, 8}},
                    std::vector<Geometry>{{1024, 32, 4}, {4096, 128, 0}},
                    std::vector<Geometry>{{1024, 128, 2}, {4096, 32, 16}},
                    std::vector<Geometry>{
                        {512, 64, 2}, {2048, 64, 4}, {8192, 64, 16}}));

} // namespace
