//===- DecomposeTensors.cpp - Pads, concatenations, softmax ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %y = tensor.pad %x low[1] high[0]   becomes   %f = linalg.fill (padding)
//                                                 %0 = tensor.insert_slice %f into %empty[0]
//                                                 %y = tensor.insert_slice %x into %0[1]
//
// Only what is around the source is filled, slab by slab: all of the first dimension's
// border, then that of the second inside of it, and so on.
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/DecomposeTensors.h"

#include "passes/linalg/CropPads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::eke {

namespace {

/// A tensor of `shape` at `offsets` of a larger one.
struct Part {
  SmallVector<int64_t> offsets, shape;
};

} // namespace

/// `source` at its place in `target`.
static Value insert(OpBuilder &b, Location loc, Value source, Value target,
                    const Part &part) {
  SmallVector<int64_t> strides(part.shape.size(), 1);
  return tensor::InsertSliceOp::create(
      b, loc, source, target,
      getAsIndexOpFoldResult(b.getContext(), part.offsets),
      getAsIndexOpFoldResult(b.getContext(), part.shape),
      getAsIndexOpFoldResult(b.getContext(), strides));
}

/// What of a tensor of `shape` lies around `inside`.
static SmallVector<Part> getBorder(ArrayRef<int64_t> shape,
                                   const Part &inside) {
  SmallVector<Part> border;
  Part rest{SmallVector<int64_t>(shape.size(), 0), SmallVector<int64_t>(shape)};
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    int64_t begin = inside.offsets[dim], end = begin + inside.shape[dim];
    for (auto [from, to] : {std::pair<int64_t, int64_t>(0, begin),
                            std::pair<int64_t, int64_t>(end, shape[dim])}) {
      if (from == to)
        continue;
      Part slab = rest;
      slab.offsets[dim] = from;
      slab.shape[dim] = to - from;
      border.push_back(slab);
    }
    rest.offsets[dim] = begin;
    rest.shape[dim] = inside.shape[dim];
  }
  return border;
}

namespace {

struct DecomposePad : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::PadOp pad,
                                PatternRewriter &rewriter) const override {
    Value padding = pad.getConstantPaddingValue();
    if (!padding)
      return rewriter.notifyMatchFailure(pad, "no two elements need be alike");
    RankedTensorType source = pad.getSourceType();
    RankedTensorType result = pad.getResultType();
    ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
    auto isNegative = [](int64_t width) { return width < 0; };
    if (llvm::any_of(low, isNegative) || llvm::any_of(high, isNegative))
      return rewriter.notifyMatchFailure(pad,
                                         "crops, or is known only when run");
    if (!source.hasStaticShape() || !result.hasStaticShape())
      return rewriter.notifyMatchFailure(pad, "known only when run");

    if (Operation *constant = padding.getDefiningOp();
        constant && pad->isProperAncestor(constant))
      padding = rewriter.clone(*constant)->getResult(0);
    Location loc = pad.getLoc();
    Part inside{SmallVector<int64_t>(low),
                SmallVector<int64_t>(source.getShape())};
    Type element = result.getElementType();
    Value padded =
        tensor::EmptyOp::create(rewriter, loc, result.getShape(), element);
    for (const Part &slab : getBorder(result.getShape(), inside)) {
      Value empty = tensor::EmptyOp::create(rewriter, loc, slab.shape, element);
      Value filled =
          linalg::FillOp::create(rewriter, loc, padding, empty).getResult(0);
      padded = insert(rewriter, loc, filled, padded, slab);
    }
    rewriter.replaceOp(pad,
                       insert(rewriter, loc, pad.getSource(), padded, inside));
    return success();
  }
};

/// Upstream's largest number of a row begins with NaN, which is no number for kernels.
/// Less infinity, it gives the same: of a row of NaNs, NaNs.
void beginWithInfinity(PatternRewriter &rewriter, Value softmax) {
  auto quotient = softmax.getDefiningOp<linalg::LinalgOp>();
  auto power =
      quotient ? quotient.getDpsInputs()[0].getDefiningOp<linalg::LinalgOp>()
               : linalg::LinalgOp();
  auto peak = power ? power.getDpsInputs()[1].getDefiningOp<linalg::LinalgOp>()
                    : linalg::LinalgOp();
  auto fill = peak ? peak.getDpsInits()[0].getDefiningOp<linalg::FillOp>()
                   : linalg::FillOp();
  auto type =
      fill ? dyn_cast<FloatType>(fill.getInputs()[0].getType()) : FloatType();
  if (!type)
    return;
  auto infinity = APFloat::getInf(type.getFloatSemantics(), /*Negative=*/true);
  rewriter.setInsertionPoint(fill);
  Value start = arith::ConstantOp::create(rewriter, fill.getLoc(),
                                          FloatAttr::get(type, infinity));
  rewriter.modifyOpInPlace(fill, [&] { fill->setOperand(0, start); });
}

/// Divides by the sum of a row once, and multiplies all of the row by that: a vector's
/// division takes as long as ten products.
void multiplyByReciprocal(PatternRewriter &rewriter, Value softmax) {
  auto quotient = softmax.getDefiningOp<linalg::GenericOp>();
  auto divide = quotient ? dyn_cast<arith::DivFOp>(&quotient.getBody()->front())
                         : arith::DivFOp();
  if (!divide || quotient.getNumDpsInputs() != 2)
    return;
  Location loc = quotient.getLoc();
  Value sum = quotient.getDpsInputs()[1];
  auto type = cast<RankedTensorType>(sum.getType());
  rewriter.setInsertionPoint(quotient);
  Value empty = tensor::EmptyOp::create(
      rewriter, loc, tensor::getMixedSizes(rewriter, loc, sum),
      type.getElementType());
  SmallVector<AffineMap> maps(2,
                              rewriter.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  auto reciprocal = linalg::GenericOp::create(
      rewriter, loc, empty.getType(), sum, empty, maps, loops,
      [](OpBuilder &b, Location at, ValueRange args) {
        Value one = arith::ConstantOp::create(
            b, at, b.getFloatAttr(args[0].getType(), 1));
        Value inverse = arith::DivFOp::create(b, at, one, args[0]);
        linalg::YieldOp::create(b, at, inverse);
      });
  rewriter.modifyOpInPlace(
      quotient, [&] { quotient->setOperand(1, reciprocal.getResult(0)); });
  rewriter.setInsertionPoint(divide);
  rewriter.replaceOpWithNewOp<arith::MulFOp>(divide, divide.getLhs(),
                                             divide.getRhs());
}

struct DecomposeSoftmax : OpRewritePattern<linalg::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::SoftmaxOp softmax,
                                PatternRewriter &rewriter) const override {
    FailureOr<SmallVector<Value>> values = softmax.decomposeOperation(rewriter);
    if (failed(values))
      return failure();
    beginWithInfinity(rewriter, values->front());
    multiplyByReciprocal(rewriter, values->front());
    rewriter.replaceOp(softmax, *values);
    return success();
  }
};

} // namespace

void decomposeTensors(Operation *root) {
  cropPads(root);
  RewritePatternSet patterns(root->getContext());
  patterns.add<DecomposePad, DecomposeSoftmax>(root->getContext());
  tensor::populateDecomposeTensorConcatPatterns(patterns);
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if (isa<tensor::PadOp, tensor::ConcatOp, linalg::SoftmaxOp>(op))
      ops.push_back(op);
  });
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingOps);
  config.enableFolding(false).enableConstantCSE(false);
  (void)applyOpPatternsGreedily(ops, std::move(patterns), config);
}

} // namespace mlir::eke
