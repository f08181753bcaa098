//===- ArenaPlanner.cpp - Pack buffers that live at times -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaPlanner.h"

#include "passes/memory/ArenaMinimizer.h"

#include <algorithm>

namespace mlir::eke {

ArenaPlan planArena(const std::vector<ArenaBuffer> &buffers, int64_t alignment,
                    int64_t steps) {
  std::vector<ArenaPart> parts = splitIntoParts(buffers, alignment);
  ArenaPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  for (const ArenaPart &part : parts)
    plan.lowerBound = std::max(plan.lowerBound, part.lowerBound);
  plan.bytes = plan.lowerBound;
  plan.isOptimal = true;

  int64_t left = steps;
  // A part that is no higher than another is low enough.
  for (const ArenaPart &part : parts) {
    Placement placed = placeGreedily(part, plan.bytes);
    bool isLowest = placed.height <= plan.bytes ||
                    minimizeHeight(part, plan.bytes, placed, left);
    if (placed.height > plan.bytes) {
      plan.bytes = placed.height;
      plan.isOptimal = isLowest;
    }
    for (unsigned i = 0; i < part.tenancies.size(); ++i)
      plan.offsets[part.tenancies[i].buffer] = placed.offsets[i];
  }
  plan.steps = steps - left;
  return plan;
}

} // namespace mlir::eke
