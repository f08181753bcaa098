//===- Activation.h - Functions of layers, on numbers -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_ACTIVATION_H
#define EKE_PASSES_LINALG_ACTIVATION_H

#include "dialects/formats/LinalgBuilder.h"

namespace mlir::eke {

/// cap * tanh(x / cap) of a scalar f32, inside a body.
Value buildSoftcap(LinalgBuilder &l, Value x, float cap);

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_ACTIVATION_H
