//===- MemoryOrder.cpp - Which memory an op reads or writes ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Buffers that are allocated apart, or are different arguments of a function, are
// different memory. Of one buffer, two views with constant places that do not overlap
// are as well.
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/MemoryOrder.h"

#include "dialects/eke/TargetLayout.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::eke {

llvm::SetVector<Value>
findBuffersRead(Operation *op, function_ref<bool(Operation *)> isStored) {
  llvm::SetVector<Value> buffers;
  llvm::SetVector<Operation *> pending;
  pending.insert(op);
  for (size_t next = 0; next < pending.size(); ++next) {
    llvm::SetVector<Value> used;
    getUsedValuesDefinedAbove(pending[next]->getRegions(), used);
    used.insert(pending[next]->operand_begin(), pending[next]->operand_end());
    for (Value value : used) {
      if (isa<BaseMemRefType>(value.getType()))
        buffers.insert(value);
      Operation *producer = value.getDefiningOp();
      if (producer && isa<TensorType>(value.getType()) && !isStored(producer))
        pending.insert(producer);
    }
  }
  return buffers;
}

/// The buffer that `view` is a view of, through whatever ops.
static Value getRoot(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>())
    view = op.getViewSource();
  return view;
}

/// The bytes [first, second) of its source that `buffer` takes, if that is known.
static std::optional<std::pair<int64_t, int64_t>> getBytes(Value buffer) {
  auto view = buffer.getDefiningOp<memref::ViewOp>();
  IntegerAttr start;
  if (!view || !view.getType().hasStaticShape() ||
      !matchPattern(view.getByteShift(), m_Constant(&start)))
    return std::nullopt;
  MemRefType type = view.getType();
  int64_t bits = llvm::PowerOf2Ceil(
      std::max<int64_t>(8, getElementBits(type.getElementType(), view)));
  int64_t end;
  if (llvm::AddOverflow(start.getInt(), type.getNumElements() * bits / 8, end))
    return std::nullopt;
  return std::pair(start.getInt(), end);
}

static bool mayOverlap(Value a, Value b) {
  if (getRoot(a) != getRoot(b))
    return false;
  auto bytesOfA = getBytes(a), bytesOfB = getBytes(b);
  if (!bytesOfA || !bytesOfB ||
      a.getDefiningOp<memref::ViewOp>().getSource() !=
          b.getDefiningOp<memref::ViewOp>().getSource())
    return true;
  return bytesOfA->first < bytesOfB->second &&
         bytesOfB->first < bytesOfA->second;
}

/// Does `op`, whose effects are not known, have `buffer` at hand?
static bool mayReach(Operation *op, Value buffer) {
  if (getRoot(buffer).getDefiningOp<memref::GetGlobalOp>())
    return true;
  auto result = op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (isa<BaseMemRefType>(operand.getType()) && mayOverlap(operand, buffer))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return result.wasInterrupted();
}

bool mayWriteTo(Operation *op, const llvm::SetVector<Value> &buffers) {
  std::optional<SmallVector<MemoryEffects::EffectInstance>> effects =
      getEffectsRecursively(op);
  if (!effects)
    return llvm::any_of(buffers,
                        [&](Value buffer) { return mayReach(op, buffer); });
  return llvm::any_of(*effects, [&](const MemoryEffects::EffectInstance &e) {
    return isa<MemoryEffects::Write>(e.getEffect()) &&
           llvm::any_of(buffers, [&](Value buffer) {
             return !e.getValue() || mayOverlap(e.getValue(), buffer);
           });
  });
}

} // namespace mlir::eke
