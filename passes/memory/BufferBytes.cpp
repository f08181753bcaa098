//===- BufferBytes.cpp - How large a buffer may become --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/BufferBytes.h"

#include "dialects/eke/TargetLayout.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::eke {

/// The most that `size` can be where `op` is executed, if a subview says so: its size is
/// at most the extent it is taken from.
static std::optional<int64_t> getUpperBound(Value size, Operation *op) {
  std::optional<int64_t> bound;
  for (Operation *user : size.getUsers()) {
    auto subview = dyn_cast<memref::SubViewOp>(user);
    // Only what is executed whenever `op` is says something about it.
    if (!subview || !subview->getBlock()->findAncestorOpInBlock(*op))
      continue;
    ArrayRef<int64_t> extents = subview.getSourceType().getShape();
    for (auto [extent, part] : llvm::zip(extents, subview.getMixedSizes()))
      if (part == OpFoldResult(size) && ShapedType::isStatic(extent))
        bound = std::min(bound.value_or(extent), extent);
  }
  return bound;
}

std::optional<int64_t> getMaxBytes(MemRefType type, ValueRange sizes,
                                   Operation *op) {
  // As LLVM lays elements out: i48 takes 8 bytes.
  int64_t bits = getElementBits(type.getElementType(), op);
  int64_t bytes = llvm::PowerOf2Ceil(llvm::divideCeil(bits, 8));
  for (int64_t extent : type.getShape())
    bytes *= ShapedType::isDynamic(extent) ? 1 : extent;
  for (Value size : sizes) {
    std::optional<int64_t> bound = getUpperBound(size, op);
    if (!bound)
      return std::nullopt;
    bytes *= *bound;
  }
  return bytes;
}

} // namespace mlir::eke
