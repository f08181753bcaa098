/*===- Caches.h - Data caches that see what a program accesses --------------===
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===*/

#ifndef EKE_COMPILER_METER_CACHES_H
#define EKE_COMPILER_METER_CACHES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Accesses are told apart by the region of memory that they go to. */
enum { cacheRegions = 16 };

/* A level of caches. */
typedef struct Cache Cache;

/* Lines that a level fetched from the next one, or from memory, and that it wrote
 * there. A fetched line counts for the region whose access missed it, a written
 * one for the region that it was brought in for. */
typedef struct {
  uint64_t fetched[cacheRegions], written[cacheRegions];
} CacheCounts;

/* Adds an empty cache of so many bytes behind the last of those that begin with
 * `*first`, which may be null: there are none. A line has the choice of `ways`
 * places, of all if that is 0. Returns false if there is no room for a set, if the
 * bytes of a line are no power of two, or if memory has run out. */
bool addCache(Cache **first, uint64_t bytes, uint64_t lineBytes, uint64_t ways);

/* Frees them all. */
void destroyCaches(Cache *first);

/* The program reads or writes these bytes, at least one. */
void accessCaches(Cache *first, uint64_t address, uint64_t size, bool isWrite,
                  unsigned region);

Cache *getNextCache(const Cache *cache);
/* What the level has counted; the caller may set it to 0. */
CacheCounts *getCacheCounts(Cache *cache);

#ifdef __cplusplus
}
#endif

#endif /* EKE_COMPILER_METER_CACHES_H */
