//===- Cost.h - What kernels cost in a run of a program ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_COST_H
#define EKE_COMPILER_SEARCH_COST_H

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke::tune {

/// What ran for some pipelines, in all calls together.
struct Cost {
  /// What the search makes small.
  double value = 0;
  /// What decides between values of which none is more.
  double tie = 0;
  /// The standard error of the value: 0 if it was counted.
  double error = 0;
  uint64_t calls = 0;

  void add(const Cost &other) {
    value += other.value;
    tie += other.tie;
    error = std::hypot(error, other.error);
    calls += other.calls;
  }

  /// Is this less than `other` by more than `noise`, a share of it, and by more
  /// than two standard errors?
  bool isBelow(const Cost &other, double noise) const {
    double margin =
        std::max(noise * other.value, 2 * std::hypot(error, other.error));
    if (value < other.value - margin)
      return true;
    return value <= other.value && tie < other.tie * (1 - noise);
  }
};

/// One run of a program.
struct Measurement {
  /// By pipeline.
  llvm::StringMap<Cost> pipelines;
  /// All that ran, per step (a token that is decoded, or a call) and per token of the
  /// prompt.
  double step = 0, prompt = 0;
};

} // namespace mlir::eke::tune

#endif // EKE_COMPILER_SEARCH_COST_H
