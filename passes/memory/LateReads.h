//===- LateReads.h - What is read behind a store ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_LATEREADS_H
#define EKE_PASSES_MEMORY_LATEREADS_H

#include "mlir/IR/Operation.h"

namespace mlir::eke {

/// Bufferisation does not know that a store ends the life of what was in its
/// destination. What is read behind one, and would not be there any more, is kept:
///
///   %0 = to_tensor %a             of two that change places
///   %1 = to_tensor %b             %1 is copied first, as it would be
///   store %0, %b                  %0 by then
///   store %1, %a
///
///   %0 = fill … outs(%empty)      %1 is not computed in %a, where
///   %1 = add … outs(%0)           %0 is too (takes back `restrict`)
///   store %1, %a
///   store %0, %b
///
///   store %0, %c                  %0 is not computed in %c, which
///   call @change(%c)              the call changes
///   store %0, %b
///
/// To be asked behind everything that folds ops: what is one value then decides.
void keepLateReads(Operation *root);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_LATEREADS_H
