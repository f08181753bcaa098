//===- TimeModel.cpp - How long a workload takes --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/TimeModel.h"

#include <numeric>

namespace mlir::eke {

/// The bytes that go through each memory: a cache passes on what others behind it serve.
static SmallVector<double> sumTransfers(ArrayRef<MemoryAttr> memories,
                                        ArrayRef<double> served) {
  SmallVector<double> transfers(served);
  double behind = 0;
  for (unsigned level = memories.size(); level-- > 0;) {
    if (memories[level].getKind() == MemoryKind::Cache)
      transfers[level] += behind;
    behind += served[level];
  }
  return transfers;
}

TimeEstimate TimeModel::estimate(double cycles, ArrayRef<double> served) const {
  TimeEstimate time;
  ArrayRef<MemoryAttr> memories = target.getMemories();
  if (isKnown())
    time.computing = cycles / target.getClock().nominal;
  for (auto [memory, bytes] :
       llvm::zip_equal(memories, sumTransfers(memories, served))) {
    Figure bandwidth = memory.getBandwidth();
    time.memories.push_back(bandwidth.isKnown() ? bytes / bandwidth.nominal
                                                : 0);
  }
  double longest = time.computing;
  for (auto [number, seconds] : llvm::enumerate(time.memories))
    if (seconds > longest) {
      longest = seconds;
      time.bound = number;
    }
  bool overlaps = target.getExecution() == Execution::OutOfOrder;
  time.total = overlaps ? longest
                        : std::accumulate(time.memories.begin(),
                                          time.memories.end(), time.computing);
  return time;
}

Figure TimeModel::getWaits(ArrayRef<double> served) const {
  Figure waits;
  ArrayRef<MemoryAttr> memories = target.getMemories();
  for (auto [memory, bytes] :
       llvm::zip_equal(memories, sumTransfers(memories, served))) {
    Figure bandwidth = memory.getBandwidth();
    if (!bandwidth.isKnown())
      continue;
    waits.nominal += bytes / bandwidth.nominal;
    waits.low += bytes / bandwidth.high;
    waits.high += bytes / bandwidth.low;
  }
  return waits;
}

Figure TimeModel::getSpread() const {
  Figure spread{1, 1, 1};
  bool waits = false;
  auto widen = [&](const Figure &rate) {
    spread.low = std::min(spread.low, rate.nominal / rate.high);
    spread.high = std::max(spread.high, rate.nominal / rate.low);
  };
  if (target.getClock().isKnown())
    widen(target.getClock());
  for (MemoryAttr memory : target.getMemories())
    if (memory.getBandwidth().isKnown()) {
      widen(memory.getBandwidth());
      waits = true;
    }
  // The sum of two is at most twice the larger one, and the larger one at least half
  // the sum.
  if (waits && target.getExecution() == Execution::OutOfOrder)
    spread.high *= 2;
  else if (waits)
    spread.low /= 2;
  return spread;
}

} // namespace mlir::eke
