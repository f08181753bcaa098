//===- WidenHalves.cpp - f16 arithmetic in f32 ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/WidenHalves.h"

#include "passes/pipelines/Group.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::eke {

/// Does `op` compute with f16, rather than pass it on or convert it?
static bool computesHalf(Operation &op) {
  if (!isa_and_present<arith::ArithDialect, math::MathDialect>(
          op.getDialect()) ||
      isa<arith::BitcastOp, arith::ConstantOp, arith::ExtFOp, arith::SelectOp,
          arith::TruncFOp>(op))
    return false;
  auto isHalf = [](Type type) { return type.isF16(); };
  return llvm::any_of(op.getOperandTypes(), isHalf) ||
         llvm::any_of(op.getResultTypes(), isHalf);
}

/// Computes `op` of operands in f32 and rounds what it gives. Upstream's conversion would
/// allow these roundings to be left out.
static void widen(Operation *op) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  Type f32 = b.getF32Type();
  for (OpOperand &operand : op->getOpOperands())
    if (operand.get().getType().isF16())
      operand.set(arith::ExtFOp::create(b, loc, f32, operand.get()));
  b.setInsertionPointAfter(op);
  for (OpResult result : op->getResults()) {
    Type type = result.getType();
    if (!type.isF16())
      continue;
    result.setType(f32);
    auto rounded = arith::TruncFOp::create(b, loc, type, result);
    result.replaceAllUsesExcept(rounded, rounded);
  }
}

void widenHalves(Operation *root) {
  SmallVector<linalg::LinalgOp> stages;
  root->walk([&](linalg::LinalgOp op) {
    if (llvm::any_of(*op.getBlock(), computesHalf))
      stages.push_back(op);
  });
  IRRewriter rewriter(root->getContext());
  for (linalg::LinalgOp op : stages) {
    keepStage(op);
    rewriter.setInsertionPoint(op);
    DictionaryAttr attributes = op->getDiscardableAttrDictionary();
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (succeeded(generic)) {
      generic->getOperation()->setDiscardableAttrs(attributes.getValue());
      op = *generic;
    }
    for (Operation &inner : llvm::make_early_inc_range(*op.getBlock()))
      if (computesHalf(inner))
        widen(&inner);
  }
}

} // namespace mlir::eke
