//===- CropPads.h - Pads that crop ------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_CROPPADS_H
#define EKE_PASSES_LINALG_CROPPADS_H

#include "mlir/IR/Operation.h"

namespace mlir::eke {

/// Crops by slices what the pads in `root` crop. To be done before pads are folded: MLIR
/// folds a pad whose result has the type of its source, also where it crops at one end what
/// it adds at the other; and it adds up the widths of two pads, which would bring back what
/// the first or the second crops.
void cropPads(Operation *root);

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_CROPPADS_H
