//===- ArenaParts.h - Buffers that have to be planned together --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Time matters only by who lives with whom. So it is cut into sections, one per
// largest set of buffers that live together, and where no buffer lives on from
// one section to the next, the plan falls into parts that do not see each other.
//
//   sections   0   1   2  |  0   1
//             [ a ]       | [  d  ]        {a, b, c} and {d, e} are parts
//             [   b   ]   |     [e]
//                 [  c  ] |
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_ARENAPARTS_H
#define EKE_PASSES_MEMORY_ARENAPARTS_H

#include "passes/memory/ArenaPlanner.h"

namespace mlir::eke {

/// A buffer of a part.
struct Tenancy {
  int64_t size;     // a positive multiple of the alignment
  int64_t lifetime; // in the time of the buffers
  unsigned first;   // the first section it lives in
  unsigned last;    // the first section that it does not live in any more
  unsigned buffer;  // its index among all buffers

  bool meets(const Tenancy &other) const {
    return first < other.last && other.first < last;
  }
  int64_t area() const { return size * lifetime; }
};

struct ArenaPart {
  std::vector<Tenancy> tenancies; // by their first section
  /// The bytes that live in each section, and the most of them.
  std::vector<int64_t> liveBytes;
  int64_t lowerBound = 0;
};

/// Rounds the sizes of `buffers` up to `alignment`, drops those that occupy
/// nothing, and returns the others in parts, the first in time first.
std::vector<ArenaPart> splitIntoParts(const std::vector<ArenaBuffer> &buffers,
                                      int64_t alignment);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_ARENAPARTS_H
