//===- LowerScales.cpp - Scaling integers in 32 bits ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   (v * m + 2^(s - 1) +- 2^30) >> s           becomes, with h = the high 32 bits of
//                                              v * m +- 2^30,
//   (h + 2^(s - 33)) >> (s - 32)
//
// which is the same number if s is at least 33: the addend has no bits in the low half,
// and shifting in two steps rounds down as one does. Only the product takes 64 bits then.
// The second addend, of the sign of v, is there for DOUBLE_ROUND (TOSA 1.0, apply_scale_32).
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/mlir/ImportPasses.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::eke {

#define GEN_PASS_DEF_LOWERSCALESPASS
#include "compiler/frontend/mlir/ImportPasses.h.inc"

/// The smallest shift for which 32 bits do, and the largest that TOSA allows.
static constexpr int64_t kLeastShift = 33, kMostShift = 62;

/// Are all numbers that `shift` can be known, and large enough?
static bool isLargeShift(Value shift) {
  if (auto argument = dyn_cast<BlockArgument>(shift)) {
    auto op = dyn_cast<linalg::LinalgOp>(argument.getOwner()->getParentOp());
    if (!op)
      return false;
    shift = op.getMatchingOpOperand(argument)->get();
  }
  auto isLarge = [](const APInt &number) {
    return number.getSExtValue() >= kLeastShift &&
           number.getSExtValue() <= kMostShift;
  };
  APInt number;
  DenseIntElementsAttr numbers;
  if (matchPattern(shift, m_ConstantInt(&number)))
    return isLarge(number);
  return matchPattern(shift, m_Constant(&numbers)) &&
         llvm::all_of(numbers.getValues<APInt>(), isLarge);
}

namespace {

/// Of numbers, or of vectors of them: `apply_scale` may stand for either.
struct LowerLargeShift : OpRewritePattern<tosa::ApplyScaleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ApplyScaleOp op,
                                PatternRewriter &rewriter) const override {
    Value value = op.getValue();
    bool isSingle = op.getRoundingMode() == tosa::RoundingMode::SINGLE_ROUND;
    bool isDouble = op.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND;
    if (!value.getType().isInteger(32) || (!isSingle && !isDouble))
      return rewriter.notifyMatchFailure(op, "not 32 bits, rounded");
    if (!isLargeShift(op.getShift()))
      return rewriter.notifyMatchFailure(op, "the shift may be small");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type i32 = b.getI32Type(), i64 = b.getI64Type();
    auto number = [&](Type type, int64_t n) -> Value {
      return arith::ConstantOp::create(b, b.getIntegerAttr(type, n));
    };
    Value product = arith::MulIOp::create(
        b, arith::ExtSIOp::create(b, i64, value),
        arith::ExtSIOp::create(b, i64, op.getMultiplier()));
    if (isDouble) {
      Value isPositive = arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                                               value, number(i32, 0));
      Value second =
          arith::SelectOp::create(b, isPositive, number(i64, int64_t(1) << 30),
                                  number(i64, -(int64_t(1) << 30)));
      product = arith::AddIOp::create(b, product, second);
    }
    Value high = arith::TruncIOp::create(
        b, i32, arith::ShRSIOp::create(b, product, number(i64, 32)));
    Value shift = arith::ExtUIOp::create(b, i32, op.getShift());
    Value half = arith::ShLIOp::create(
        b, number(i32, 1), arith::SubIOp::create(b, shift, number(i32, 33)));
    Value rounded = arith::AddIOp::create(b, high, half);
    rewriter.replaceOpWithNewOp<arith::ShRSIOp>(
        op, rounded, arith::SubIOp::create(b, shift, number(i32, 32)));
    return success();
  }
};

struct LowerScales : impl::LowerScalesPassBase<LowerScales> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<LowerLargeShift>(&getContext());
    SmallVector<Operation *> ops;
    getOperation()->walk([&](tosa::ApplyScaleOp op) { ops.push_back(op); });
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingOps);
    if (failed(applyOpPatternsGreedily(ops, std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
} // namespace mlir::eke
