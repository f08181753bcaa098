//===- ArenaMinimizer.h - Lower a plan of a part of an arena ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_ARENAMINIMIZER_H
#define EKE_PASSES_MEMORY_ARENAMINIMIZER_H

#include "passes/memory/FirstFit.h"

namespace mlir::eke {

/// Lowers `placed`, but not below `goal`, as long as it takes no more than
/// `steps`, which it reduces. Returns whether `placed` is then proven to be as
/// low as can be, or as `goal`.
bool minimizeHeight(const ArenaPart &part, int64_t goal, Placement &placed,
                    int64_t &steps);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_ARENAMINIMIZER_H
