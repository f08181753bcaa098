//===- Classify.cpp - What kind of pipeline it is -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only the maps of the ops count, not what they are called.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/Classify.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

using linalg::LinalgOp;

/// What `expr` grows by when dimension `loop` does, or nothing if that is not the same
/// everywhere.
static std::optional<int64_t> getSlope(AffineExpr expr, unsigned loop) {
  if (!expr.isFunctionOfDim(loop))
    return 0;
  if (isa<AffineDimExpr>(expr))
    return 1;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<int64_t> lhs = getSlope(binary.getLHS(), loop);
  std::optional<int64_t> rhs = getSlope(binary.getRHS(), loop);
  if (!lhs || !rhs)
    return std::nullopt;
  if (binary.getKind() == AffineExprKind::Add)
    return *lhs + *rhs;
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (binary.getKind() == AffineExprKind::Mul && factor)
    return *lhs * factor.getValue();
  return std::nullopt;
}

Step getStep(LinalgOp op, OpOperand &operand, unsigned loop) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  if (!map.isFunctionOfDim(loop))
    return Step::None;
  for (AffineExpr expr : map.getResults().drop_back())
    if (expr.isFunctionOfDim(loop))
      return Step::Far;
  return getSlope(map.getResults().back(), loop) == 1 ? Step::One : Step::Far;
}

Step getFarthestStep(LinalgOp op, unsigned loop) {
  Step farthest = Step::None;
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<RankedTensorType>(input->get().getType()))
      farthest = std::max(farthest, getStep(op, *input, loop));
  return farthest;
}

bool isAssociative(LinalgOp op) {
  Operation *step =
      op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  return isa_and_present<arith::AddFOp, arith::AddIOp, arith::MaximumFOp,
                         arith::MaxNumFOp, arith::MaxSIOp, arith::MinimumFOp,
                         arith::MinNumFOp, arith::MinSIOp, arith::MulFOp,
                         arith::MulIOp>(step) &&
         llvm::is_contained(step->getOperands(),
                            Value(op.getRegionOutputArgs()[0]));
}

/// Does every op behind `sums` go on with the elements of its result, at the same place?
static bool followsInPlace(LinalgOp op, LinalgOp sums) {
  if (op.getNumReductionLoops() > 0 ||
      op.getNumLoops() != sums.getNumParallelLoops())
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    auto producer = operand.get().getDefiningOp<LinalgOp>();
    bool isInside = producer && !isa<linalg::FillOp>(producer);
    if ((isInside || op.isDpsInit(&operand)) &&
        !op.getMatchingIndexingMap(&operand).isIdentity())
      return false;
  }
  return true;
}

/// Is what `op` starts from computed by `producer`?
static bool isStartOf(LinalgOp producer, LinalgOp op) {
  return op.getDpsInits()[0].getDefiningOp() == producer.getOperation();
}

std::optional<Contraction> matchContraction(halide::PipelineOp pipeline) {
  Contraction found;
  Block &body = pipeline.getBody().front();
  for (auto op : body.getOps<LinalgOp>()) {
    if (isa<linalg::FillOp>(op))
      continue;
    if (op.getNumReductionLoops() > 0) {
      if (found.op || op.getNumDpsInputs() < 2)
        return std::nullopt;
      found.op = op;
    } else if (found.op) {
      if (!followsInPlace(op, found.op))
        return std::nullopt;
      found.last = op;
    }
  }
  if (!found.op || pipeline.getOuts().size() != 1 || found.op.hasDynamicShape())
    return std::nullopt;
  for (auto op : body.getOps<LinalgOp>()) {
    if (op == found.op)
      break;
    if (!isa<linalg::FillOp>(op) && !isStartOf(op, found.op))
      return std::nullopt;
  }
  LinalgOp stored = found.last ? found.last : found.op;
  if (body.getTerminator()->getOperand(0).getDefiningOp() !=
      stored.getOperation())
    return std::nullopt;
  AffineMap result =
      found.op.getMatchingIndexingMap(found.op.getDpsInitOperand(0));
  for (AffineExpr expr : result.getResults()) {
    auto loop = dyn_cast<AffineDimExpr>(expr);
    if (!loop)
      return std::nullopt;
    found.resultLoops.push_back(loop.getPosition());
  }
  found.op.getReductionDims(found.reductionLoops);
  return found;
}

} // namespace mlir::eke
