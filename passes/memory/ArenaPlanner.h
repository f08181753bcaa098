//===- ArenaPlanner.h - Pack buffers that live at times ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Dynamic storage allocation with known lifetimes: every buffer gets an offset
// such that buffers that live at the same time do not overlap, and the highest
// used byte is as low as can be found.
//
//   bytes ^  +-----------+                 a and b live together, c follows a
//         |  |     b     |
//         |  +----+------+---+
//         |  | a  |    c     |
//         +--+----+----------+---> time
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_ARENAPLANNER_H
#define EKE_PASSES_MEMORY_ARENAPLANNER_H

#include <cstdint>
#include <vector>

namespace mlir::eke {

/// A buffer of `size` bytes that lives in the half-open interval [begin, end).
struct ArenaBuffer {
  int64_t size;
  int64_t begin;
  int64_t end;
};

struct ArenaPlan {
  /// For each buffer, in the order given: a multiple of the alignment.
  std::vector<int64_t> offsets;
  /// The size of the arena.
  int64_t bytes = 0;
  /// No plan is smaller: the most bytes (of sizes rounded up to the alignment)
  /// that live at one time.
  int64_t lowerBound = 0;
  /// Whether it is proven that no plan is smaller than this one.
  bool isOptimal = false;
  /// The steps of the search for it.
  int64_t steps = 0;
};

/// The most steps that a compilation takes. A step looks at one buffer at one
/// time, in some 3 ns: the search ends after 0.3 s.
inline constexpr int64_t kArenaSteps = 100'000'000;

/// Plans `buffers`. Starts from the best of four greedy orders, and searches for
/// a smaller plan until the lower bound is reached, none smaller exists, or
/// `steps` were made; buffers that are too many to be searched stay where they
/// are. The result depends on nothing but the arguments. Empty buffers and empty
/// lifetimes are allowed and occupy nothing.
ArenaPlan planArena(const std::vector<ArenaBuffer> &buffers,
                    int64_t alignment = 64, int64_t steps = kArenaSteps);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_ARENAPLANNER_H
