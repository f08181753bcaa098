//===- BufferBytes.h - How large a buffer may become ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_BUFFERBYTES_H
#define EKE_PASSES_MEMORY_BUFFERBYTES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace mlir::eke {

/// The most bytes that a buffer of `type` takes, which `op` gives: `sizes` are its dynamic
/// extents. Nothing if that is not known.
std::optional<int64_t> getMaxBytes(MemRefType type, ValueRange sizes,
                                   Operation *op);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_BUFFERBYTES_H
