//===- Cost.h - What kernels cost in a run of a program ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_TUNE_COST_H
#define EKE_COMPILER_TUNE_COST_H

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <functional>

namespace mlir::eke::tune {

/// What ran for some pipelines, in all calls together.
struct Cost {
  /// What the search makes small.
  double value = 0;
  /// What decides between equal values.
  double tie = 0;
  uint64_t calls = 0;

  void add(const Cost &other) {
    value += other.value;
    tie += other.tie;
    calls += other.calls;
  }

  /// Is this less than `other` by more than a share of it?
  bool isBelow(const Cost &other, double noise) const {
    if (value < other.value * (1 - noise))
      return true;
    return value <= other.value && tie < other.tie * (1 - noise);
  }
};

/// One run of a program.
struct Measurement {
  /// By pipeline.
  llvm::StringMap<Cost> pipelines;
  /// All that ran, per token that was decoded and per token of the prompt.
  double decode = 0, prompt = 0;
};

/// Runs the program at a path and measures.
using Meter = std::function<llvm::Expected<Measurement>(llvm::StringRef path)>;

} // namespace mlir::eke::tune

#endif // EKE_COMPILER_TUNE_COST_H
