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

std::optional<int64_t> getSlope(AffineExpr expr, unsigned loop) {
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

/// Does `op` go on with the elements of what the body has computed, at the same place?
static bool followsInPlace(LinalgOp op) {
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

namespace {

/// Takes the ops of a body in their order.
class ChainMatcher {
public:
  bool take(LinalgOp op);
  std::optional<SumChain> finish(Block &body);

private:
  bool takeSum(LinalgOp op);

  SmallVector<SmallVector<LinalgOp>> chains;
  /// What stands before the first sum, which may start from it.
  SmallVector<LinalgOp> before;
  LinalgOp last;
};

} // namespace

bool ChainMatcher::takeSum(LinalgOp op) {
  for (auto &sums : chains)
    for (OpOperand *input : op.getDpsInputOperands())
      if (input->get().getDefiningOp() == sums.back().getOperation()) {
        sums.push_back(op);
        return true;
      }
  if (op.getNumDpsInputs() < 2)
    return false;
  chains.push_back({op});
  return true;
}

bool ChainMatcher::take(LinalgOp op) {
  if (op.getNumReductionLoops() > 0)
    return takeSum(op);
  if (chains.empty()) {
    before.push_back(op);
    return true;
  }
  last = op;
  return followsInPlace(op);
}

/// Can one schedule be for both?
bool areAlike(LinalgOp a, LinalgOp b) {
  return halide::getLoopNames(a) == halide::getLoopNames(b) &&
         a.getStaticLoopRanges() == b.getStaticLoopRanges() &&
         a.getIteratorTypesArray() == b.getIteratorTypesArray() &&
         a.getIndexingMaps() == b.getIndexingMaps();
}

std::optional<SumChain> ChainMatcher::finish(Block &body) {
  if (chains.empty() || chains.size() > 2)
    return std::nullopt;
  for (LinalgOp op : before)
    if (!isStartOf(op, chains[0].front()))
      return std::nullopt;
  SumChain found{chains[0], {}, last};
  if (chains.size() == 2) {
    found.twins = chains[1];
    if (!llvm::equal(found.sums, found.twins, areAlike))
      return std::nullopt;
  }
  Value stored = body.getTerminator()->getOperand(0);
  if (stored.getDefiningOp() != found.getStored().getOperation())
    return std::nullopt;
  return found;
}

std::optional<SumChain> matchSumChain(halide::PipelineOp pipeline) {
  if (pipeline.getOuts().size() != 1)
    return std::nullopt;
  ChainMatcher matcher;
  Block &body = pipeline.getBody().front();
  for (auto op : body.getOps<LinalgOp>())
    if (!isa<linalg::FillOp>(op) &&
        (!op->hasAttr(halide::stageAttrName) || !matcher.take(op)))
      return std::nullopt;
  return matcher.finish(body);
}

/// The loops that the dimensions of a sum's result are, or nothing if one is no loop.
static std::optional<SmallVector<unsigned>> getResultLoops(LinalgOp sum) {
  SmallVector<unsigned> loops;
  AffineMap map = sum.getMatchingIndexingMap(sum.getDpsInitOperand(0));
  for (AffineExpr expr : map.getResults()) {
    auto loop = dyn_cast<AffineDimExpr>(expr);
    if (!loop)
      return std::nullopt;
    loops.push_back(loop.getPosition());
  }
  return loops;
}

SmallVector<std::optional<unsigned>> getResultDims(const SumChain &chain,
                                                   unsigned index) {
  LinalgOp sum = chain.sums[index];
  SmallVector<std::optional<unsigned>> dims(sum.getNumLoops());
  std::optional<SmallVector<unsigned>> loops = getResultLoops(sum);
  if (!loops)
    return dims;
  if (index + 1 == chain.sums.size()) {
    for (auto [dim, loop] : llvm::enumerate(*loops))
      dims[loop] = dim;
    return dims;
  }
  // What the loops are of the sum that goes on with this one.
  LinalgOp next = chain.sums[index + 1];
  SmallVector<std::optional<unsigned>> nextDims =
      getResultDims(chain, index + 1);
  for (OpOperand *input : next.getDpsInputOperands()) {
    if (input->get().getDefiningOp() != sum.getOperation())
      continue;
    AffineMap map = next.getMatchingIndexingMap(input);
    for (auto [expr, loop] : llvm::zip_equal(map.getResults(), *loops))
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        dims[loop] = nextDims[dim.getPosition()];
  }
  return dims;
}

Side getSide(LinalgOp product, unsigned loop) {
  bool left =
      getStep(product, *product.getDpsInputOperand(0), loop) != Step::None;
  bool right =
      getStep(product, *product.getDpsInputOperand(1), loop) != Step::None;
  if (left && right)
    return Side::Both;
  return left ? Side::Left : right ? Side::Right : Side::Neither;
}

std::optional<Contraction> matchContraction(halide::PipelineOp pipeline) {
  std::optional<SumChain> chain = matchSumChain(pipeline);
  if (!chain || chain->sums.size() != 1)
    return std::nullopt;
  LinalgOp sum = chain->sums.front();
  std::optional<SmallVector<unsigned>> loops = getResultLoops(sum);
  if (!loops || sum.hasDynamicShape())
    return std::nullopt;
  LinalgOp twin = chain->twins.empty() ? LinalgOp() : chain->twins.front();
  Contraction found{sum, chain->last, std::move(*loops), {}, twin};
  sum.getReductionDims(found.reductionLoops);
  return found;
}

} // namespace mlir::eke
