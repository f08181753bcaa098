//===- MemoryOrder.h - Which memory an op reads or writes -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_MEMORYORDER_H
#define EKE_PASSES_PIPELINES_MEMORYORDER_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::eke {

/// The buffers that hold what `op` reads: of tensors that it takes, and of those that
/// they are made from without a copy. What an op for which `isStored` holds computes
/// lies in memory of its own.
llvm::SetVector<Value>
findBuffersRead(Operation *op, function_ref<bool(Operation *)> isStored);

/// May `op`, or an op in its regions, write to one of `buffers`?
bool mayWriteTo(Operation *op, const llvm::SetVector<Value> &buffers);

} // namespace mlir::eke

#endif // EKE_PASSES_PIPELINES_MEMORYORDER_H
