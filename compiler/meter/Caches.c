/*===- Caches.c - Data caches that see what a program accesses --------------===
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*
 *
 *   accesses ──► level 0 ◄── fetched ── level 1 ◄── fetched ── … memory
 *                        ─── written ─►         ─── written ─►
 *
 * Every set keeps the lines that were used last (LRU). A line that is missing is
 * fetched, to be written as well (write-allocate), unless all of it is written at
 * once. What makes room for it goes to the next level first, if it was written to
 * (write-back). Levels neither include nor exclude each other: one sees what the
 * one before it fetches and writes, and nothing else. A line's set follows from
 * its address as the program sees it.
 *
 * All lines of a level are in one hash table, so that to find one takes as long
 * whatever the number of ways; those of a set also in a list, by their last use.
 * Mostly it is the first of that list that is used again.
 *===----------------------------------------------------------------------===*/

#include "compiler/meter/Caches.h"

#include <stdlib.h>

/* The index of a line in its level. */
typedef uint32_t Slot;
#define NO_SLOT UINT32_MAX
#define NO_LINE UINT64_MAX

typedef struct {
  uint64_t number; /* its address, counted in lines */
  Slot newer, older;
  Slot nextInBucket;
  uint8_t region;
  bool isDirty;
} Line;

typedef struct {
  Slot newest, oldest;
} Set;

struct Cache {
  Cache *next;
  unsigned lineShift, hashShift;
  uint64_t setCount;
  Line *lines;
  Set *sets;
  Slot *buckets;
  CacheCounts counts;
};

/*===- Making --------------------------------------------------------------===*/

/* All places of each set in its list, with no line in them. */
static void linkSets(Cache *cache, uint64_t ways) {
  for (uint64_t s = 0; s < cache->setCount; ++s) {
    Slot first = (Slot)(s * ways), last = (Slot)(first + ways - 1);
    for (Slot slot = first; slot <= last; ++slot) {
      Line empty = {NO_LINE, slot - 1, slot + 1, NO_SLOT, 0, false};
      cache->lines[slot] = empty;
    }
    cache->lines[first].newer = cache->lines[last].older = NO_SLOT;
    Set set = {first, last};
    cache->sets[s] = set;
  }
}

static unsigned getLog2(uint64_t atLeast) {
  unsigned bits = 0;
  while (UINT64_C(1) << bits < atLeast)
    ++bits;
  return bits;
}

static bool allocateLines(Cache *cache, uint64_t lineCount, uint64_t ways) {
  unsigned hashBits = getLog2(lineCount) + 1;
  uint64_t bucketCount = UINT64_C(1) << hashBits;
  cache->hashShift = 64 - hashBits;
  cache->setCount = lineCount / ways;
  cache->lines = calloc(lineCount, sizeof(Line));
  cache->sets = calloc(cache->setCount, sizeof(Set));
  cache->buckets = calloc(bucketCount, sizeof(Slot));
  if (!cache->lines || !cache->sets || !cache->buckets)
    return false;
  linkSets(cache, ways);
  for (uint64_t b = 0; b < bucketCount; ++b)
    cache->buckets[b] = NO_SLOT;
  return true;
}

bool addCache(Cache **first, uint64_t bytes, uint64_t lineBytes,
              uint64_t ways) {
  if (lineBytes == 0 || (lineBytes & (lineBytes - 1)) != 0)
    return false;
  uint64_t lineCount = bytes / lineBytes;
  if (ways == 0)
    ways = lineCount;
  if (lineCount == 0 || lineCount < ways || lineCount >= NO_SLOT)
    return false;
  Cache *cache = calloc(1, sizeof(Cache));
  if (!cache)
    return false;
  cache->lineShift = getLog2(lineBytes);
  if (!allocateLines(cache, lineCount, ways)) {
    destroyCaches(cache);
    return false;
  }
  while (*first)
    first = &(*first)->next;
  *first = cache;
  return true;
}

void destroyCaches(Cache *first) {
  while (first) {
    Cache *next = first->next;
    free(first->lines);
    free(first->sets);
    free(first->buckets);
    free(first);
    first = next;
  }
}

Cache *getNextCache(const Cache *cache) { return cache->next; }
CacheCounts *getCacheCounts(Cache *cache) { return &cache->counts; }

/*===- The hash table ------------------------------------------------------===*/

static Slot *getBucket(Cache *cache, uint64_t number) {
  const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
  return &cache->buckets[number * golden >> cache->hashShift];
}

static Slot findLine(Cache *cache, uint64_t number) {
  Slot slot = *getBucket(cache, number);
  while (slot != NO_SLOT && cache->lines[slot].number != number)
    slot = cache->lines[slot].nextInBucket;
  return slot;
}

static void addToTable(Cache *cache, Slot slot) {
  Slot *bucket = getBucket(cache, cache->lines[slot].number);
  cache->lines[slot].nextInBucket = *bucket;
  *bucket = slot;
}

static void removeFromTable(Cache *cache, Slot slot) {
  Slot *link = getBucket(cache, cache->lines[slot].number);
  while (*link != slot)
    link = &cache->lines[*link].nextInBucket;
  *link = cache->lines[slot].nextInBucket;
}

/*===- Accesses ------------------------------------------------------------===*/

static void makeNewest(Cache *cache, Set *set, Slot slot) {
  if (slot == set->newest)
    return;
  Line *line = &cache->lines[slot];
  cache->lines[line->newer].older = line->older;
  if (line->older == NO_SLOT)
    set->oldest = line->newer;
  else
    cache->lines[line->older].newer = line->newer;
  line->newer = NO_SLOT;
  line->older = set->newest;
  cache->lines[set->newest].newer = slot;
  set->newest = slot;
}

/* Brings a line in, in the place of the one that was not used for longest. */
static Slot replaceOldest(Cache *cache, const Set *set, uint64_t number,
                          unsigned region, bool isFetched) {
  Slot slot = set->oldest;
  Line *line = &cache->lines[slot];
  uint64_t lineBytes = UINT64_C(1) << cache->lineShift;
  if (line->number != NO_LINE)
    removeFromTable(cache, slot);
  if (line->isDirty) {
    ++cache->counts.written[line->region];
    if (cache->next)
      accessCaches(cache->next, line->number << cache->lineShift, lineBytes,
                   true, line->region);
  }
  if (isFetched) {
    ++cache->counts.fetched[region];
    if (cache->next)
      accessCaches(cache->next, number << cache->lineShift, lineBytes, false,
                   region);
  }
  line->number = number;
  line->region = (uint8_t)region;
  line->isDirty = false;
  addToTable(cache, slot);
  return slot;
}

static void useLine(Cache *cache, uint64_t number, bool isWrite, bool isWhole,
                    unsigned region) {
  uint64_t sets = cache->setCount;
  bool isPowerOf2 = (sets & (sets - 1)) == 0; /* saves a division */
  Set *set = &cache->sets[isPowerOf2 ? number & (sets - 1) : number % sets];
  Slot slot = set->newest;
  if (cache->lines[slot].number != number) {
    slot = findLine(cache, number);
    if (slot == NO_SLOT)
      slot = replaceOldest(cache, set, number, region, !(isWrite && isWhole));
    makeNewest(cache, set, slot);
  }
  cache->lines[slot].isDirty |= isWrite;
}

void accessCaches(Cache *first, uint64_t address, uint64_t size, bool isWrite,
                  unsigned region) {
  uint64_t lineBytes = UINT64_C(1) << first->lineShift;
  uint64_t number = address >> first->lineShift;
  uint64_t last = (address + size - 1) >> first->lineShift;
  for (;; ++number) {
    uint64_t start = number << first->lineShift;
    bool isWhole = start >= address && start - address + lineBytes <= size;
    useLine(first, number, isWrite, isWhole, region);
    if (number == last)
      return;
  }
}
