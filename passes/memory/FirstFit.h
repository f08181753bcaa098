//===- FirstFit.h - Plan a part of an arena greedily ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_FIRSTFIT_H
#define EKE_PASSES_MEMORY_FIRSTFIT_H

#include "passes/memory/ArenaParts.h"

namespace mlir::eke {

/// Where the buffers of a part lie, in the order of its tenancies.
struct Placement {
  std::vector<int64_t> offsets;
  int64_t height = 0;
};

/// Places one buffer after another at the lowest gap that fits, the largest
/// first.
Placement placeBySize(const ArenaPart &part);

/// Places one buffer after another, each at the lowest gap that fits: the best
/// of four orders (by size, by area, by lifetime, by birth). Stops at the first
/// that is no higher than `goal`.
Placement placeGreedily(const ArenaPart &part, int64_t goal);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_FIRSTFIT_H
