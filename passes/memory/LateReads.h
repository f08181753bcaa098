//===- LateReads.h - What is read behind a store ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_LATEREADS_H
#define EKE_PASSES_MEMORY_LATEREADS_H

#include "mlir/IR/Operation.h"

namespace mlir::eke {

/// Lets no value be computed where a store puts it (takes back `restrict`) if that
/// store would overwrite another value that is read behind it. Such as %0 in
///
///   %0 = fill … outs(%empty)    %1 = add … outs(%0)    store %1, %a    store %0, %b
///
/// Bufferisation computes %1 in a copy then, as %0 is still read, but does not know
/// that the store ends the life of %0, which is in %a.
void keepLateReads(Operation *root);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_LATEREADS_H
