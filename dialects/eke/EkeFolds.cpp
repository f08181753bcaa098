//===- EkeFolds.cpp - Folds that undo each other --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   unfold(fold(x))                      becomes     x
//   unfold(glu(fold(x), fold(y)))                    glu(x, y)
//
// and the same with fold and unfold the other way round.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::eke;

/// What `value` is a `Fold` of, by `factor`, if it is one of a tensor of `type`.
template <typename Fold>
static Value getFolded(Value value, uint64_t factor, Type type) {
  auto fold = value.getDefiningOp<Fold>();
  bool isOne =
      fold && fold.getFactor() == factor && fold.getInput().getType() == type;
  return isOne ? fold.getInput() : Value();
}

OpFoldResult FoldOp::fold(FoldAdaptor) {
  if (getFactor() == 1 && getInput().getType() == getType())
    return getInput();
  return getFolded<UnfoldOp>(getInput(), getFactor(), getType());
}

OpFoldResult UnfoldOp::fold(FoldAdaptor) {
  if (getFactor() == 1 && getInput().getType() == getType())
    return getInput();
  return getFolded<FoldOp>(getInput(), getFactor(), getType());
}

namespace {

/// An op that works element by element does not see how elements make up rows:
///   inverse(op(direct(x), direct(y)))  ->  op(x, y)
/// It stays where others use its result as well, since it would be computed twice.
template <typename Direct, typename Inverse>
struct DropFoldsAround : OpRewritePattern<Inverse> {
  using OpRewritePattern<Inverse>::OpRewritePattern;

  LogicalResult matchAndRewrite(Inverse inverse,
                                PatternRewriter &rewriter) const override {
    Operation *op = inverse.getInput().getDefiningOp();
    if (!op || !op->hasTrait<OpTrait::Elementwise>() ||
        op->getNumRegions() > 0 || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(
          inverse, "its input is not computed element by element");
    if (!op->hasOneUse())
      return rewriter.notifyMatchFailure(inverse, "others use its input");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      operands.push_back(
          getFolded<Direct>(operand, inverse.getFactor(), inverse.getType()));
      if (!operands.back())
        return rewriter.notifyMatchFailure(
            inverse, "an operand of its input has been folded otherwise");
    }
    OperationState state(op->getLoc(), op->getName(), operands,
                         inverse.getType(), op->getAttrs());
    rewriter.replaceOp(inverse, rewriter.create(state));
    return success();
  }
};

} // namespace

void FoldOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<DropFoldsAround<UnfoldOp, FoldOp>>(context);
}

void UnfoldOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<DropFoldsAround<FoldOp, UnfoldOp>>(context);
}
