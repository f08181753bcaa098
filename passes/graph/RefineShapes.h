//===- RefineShapes.h - Shapes that follow from operands --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_GRAPH_REFINESHAPES_H
#define EKE_PASSES_GRAPH_REFINESHAPES_H

#include "mlir/IR/Operation.h"

namespace mlir::eke {

/// Gives the results of `op`, and of the ops inside, the extents that follow from
/// those of its operands; what is not known before the program runs stays dynamic.
/// `op` may be replaced by a constant or by a more precise op. Reports an error if
/// its parts do not fit together.
LogicalResult refineShapes(Operation *op);

/// Makes `op` read what was cast to a less precise type as it was before.
void skipCasts(Operation *op);

/// True for a tensor with a dynamic extent.
bool isDynamicTensor(Type type);

} // namespace mlir::eke

#endif // EKE_PASSES_GRAPH_REFINESHAPES_H
