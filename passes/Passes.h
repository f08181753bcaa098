//===- Passes.h - All passes of the compiler --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PASSES_H
#define EKE_PASSES_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::eke {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

/// Lets every layer of eke say how it becomes linalg (LowersToLinalg).
void registerLayerLowerings(DialectRegistry &registry);

/// Lets the ops of linalg say what they move and compute (TrafficInterface).
void registerLinalgTraffic(DialectRegistry &registry);

} // namespace mlir::eke

#endif // EKE_PASSES_PASSES_H
