//===- DecomposeTensors.cpp - Pads, concatenations, softmax ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %y = tensor.pad %x low[1] high[-2]   becomes   %f = linalg.fill (padding)
//                                                  %s = tensor.extract_slice %x
//                                                  %y = tensor.insert_slice %s into %f[1]
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/DecomposeTensors.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::eke {

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
    if (!source.hasStaticShape() || !result.hasStaticShape() ||
        llvm::is_contained(low, ShapedType::kDynamic) ||
        llvm::is_contained(high, ShapedType::kDynamic))
      return rewriter.notifyMatchFailure(pad, "known only when run");

    if (Operation *constant = padding.getDefiningOp();
        constant && pad->isProperAncestor(constant))
      padding = rewriter.clone(*constant)->getResult(0);
    Location loc = pad.getLoc();
    SmallVector<OpFoldResult> from, to, sizes;
    SmallVector<OpFoldResult> strides(source.getRank(),
                                      rewriter.getIndexAttr(1));
    for (auto [extent, before, behind] :
         llvm::zip(source.getShape(), low, high)) {
      int64_t cropped = std::max<int64_t>(0, -before);
      int64_t size = extent - cropped - std::max<int64_t>(0, -behind);
      if (size < 0)
        return rewriter.notifyMatchFailure(pad, "nothing is left");
      from.push_back(rewriter.getIndexAttr(cropped));
      to.push_back(rewriter.getIndexAttr(std::max<int64_t>(0, before)));
      sizes.push_back(rewriter.getIndexAttr(size));
    }
    Value part = tensor::ExtractSliceOp::create(rewriter, loc, pad.getSource(),
                                                from, sizes, strides);
    Value empty = tensor::EmptyOp::create(rewriter, loc, result.getShape(),
                                          result.getElementType());
    Value filled =
        linalg::FillOp::create(rewriter, loc, padding, empty).getResult(0);
    rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(pad, part, filled, to,
                                                       sizes, strides);
    return success();
  }
};

struct DecomposeSoftmax : OpRewritePattern<linalg::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::SoftmaxOp softmax,
                                PatternRewriter &rewriter) const override {
    FailureOr<SmallVector<Value>> values = softmax.decomposeOperation(rewriter);
    if (failed(values))
      return failure();
    rewriter.replaceOp(softmax, *values);
    return success();
  }
};

} // namespace

void decomposeTensors(Operation *root) {
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
