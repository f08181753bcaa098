//===- TimeModel.h - How long a workload takes ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The roofline of one core: computing takes its cycles over the clock, a memory its
// bytes over the bandwidth.
//
//   out of order:  T = max(cycles / clock, bytes / bandwidth, …)
//   in order:      T = cycles / clock + bytes / bandwidth + …
//
// Memories whose bandwidth the profile does not give take no time. All of it is a
// model: docs/energy.md says what it leaves out.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_TIMEMODEL_H
#define EKE_PASSES_ENERGY_TIMEMODEL_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// Seconds that something takes on one core.
struct TimeEstimate {
  double computing = 0;
  /// By number of memory.
  SmallVector<double> memories;
  double total = 0;
  /// The number of the memory that takes longest; none if computing does.
  std::optional<unsigned> bound;
};

/// How long things take on a target.
class TimeModel {
public:
  explicit TimeModel(TargetAttr target) : target(target) {}

  /// Does the profile say how fast the core is?
  bool isKnown() const { return target.getClock().isKnown(); }

  /// Of code that takes so many cycles while nothing waits, and of the bytes that each
  /// memory serves, by number. What a memory serves goes through the caches before it.
  TimeEstimate estimate(double cycles, ArrayRef<double> served) const;

  /// How long a core that waits for each byte does so.
  Figure getWaits(ArrayRef<double> served) const;

  /// What an estimate may have to be multiplied by, 1 nominally: the clock and bandwidths
  /// have ranges, and nobody knows how much of reading and computing overlaps.
  Figure getSpread() const;

private:
  TargetAttr target;
};

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_TIMEMODEL_H
