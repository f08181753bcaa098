//===- RegisterLayers.cpp - How every layer becomes linalg ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers.inc is made from the list `layers` in passes/CMakeLists.txt.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

namespace mlir::eke {

#define EKE_LAYER(file) void register##file(DialectRegistry &registry);
#include "passes/linalg/Layers.inc"
#undef EKE_LAYER

void registerLayerLowerings(DialectRegistry &registry) {
#define EKE_LAYER(file) register##file(registry);
#include "passes/linalg/Layers.inc"
#undef EKE_LAYER
}

} // namespace mlir::eke
