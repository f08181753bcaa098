//===- ApproximateMath.cpp - Functions that vectors can compute -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/ApproximateMath.h"

#include "dialects/halide/HalideDialect.h"
#include "passes/linalg/Exponential.h"
#include "passes/pipelines/Group.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::eke {

namespace {

struct ApproximateExp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder l(rewriter, op.getLoc());
    rewriter.replaceOp(op, buildExpOfAny(l, op.getOperand()));
    return success();
  }
};

} // namespace

/// Upstream's erf has no negative zero.
static void keepNegativeZero(math::ErfOp erf) {
  OpBuilder b(erf->getContext());
  b.setInsertionPointAfter(erf);
  Location loc = erf.getLoc();
  Value x = erf.getOperand();
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  Value isZero =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, zero);
  Value kept = arith::SelectOp::create(b, loc, isZero, x, erf);
  erf.getResult().replaceAllUsesExcept(kept, kept.getDefiningOp());
}

void approximateMath(Operation *root) {
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if (isa<math::ExpOp, math::TanhOp, math::ErfOp>(op) &&
        op->getResult(0).getType().isF32() &&
        op->getParentOfType<linalg::LinalgOp>())
      ops.push_back(op);
  });
  for (Operation *op : ops)
    keepStage(op->getParentOfType<linalg::LinalgOp>());
  for (Operation *op : ops)
    if (auto erf = dyn_cast<math::ErfOp>(op))
      keepNegativeZero(erf);
  RewritePatternSet patterns(root->getContext());
  patterns.add<ApproximateExp>(root->getContext());
  populatePolynomialApproximateTanhPattern(patterns);
  populatePolynomialApproximateErfPattern(patterns);
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingOps);
  config.enableFolding(false).enableConstantCSE(false);
  (void)applyOpPatternsGreedily(ops, std::move(patterns), config);
}

} // namespace mlir::eke
