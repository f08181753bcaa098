//===- InlinePipelines.cpp - Pipelines back to plain linalg ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %y = halide.pipeline ins(%x) outs(%e) { body }     becomes     body(%x, %e)
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/Expressible.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/pipelines/KernelNames.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"

namespace mlir::eke {

#define GEN_PASS_DEF_INLINEPIPELINESPASS
#include "passes/Passes.h.inc"

/// The sum in twice the bits, clamped.
static void expandSaturatingAdd(halide::SaturatingAddOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto type = cast<IntegerType>(op.getType());
  unsigned width = type.getWidth();
  IntegerType wide = b.getIntegerType(2 * width);
  auto constant = [&](APInt value) -> Value {
    return arith::ConstantOp::create(
        b, loc, b.getIntegerAttr(wide, value.sext(2 * width)));
  };
  Value lhs = arith::ExtSIOp::create(b, loc, wide, op.getLhs());
  Value rhs = arith::ExtSIOp::create(b, loc, wide, op.getRhs());
  Value sum = arith::AddIOp::create(b, loc, lhs, rhs);
  Value high = constant(APInt::getSignedMaxValue(width));
  Value low = constant(APInt::getSignedMinValue(width));
  Value clamped = arith::MinSIOp::create(b, loc, sum, high);
  clamped = arith::MaxSIOp::create(b, loc, clamped, low);
  op.replaceAllUsesWith(Value(arith::TruncIOp::create(b, loc, type, clamped)));
  op.erase();
}

static void inlinePipeline(halide::PipelineOp pipeline) {
  pipeline.walk(expandSaturatingAdd);
  OpBuilder b(pipeline);
  IRMapping mapping;
  mapping.map(pipeline.getBody().getArguments(), pipeline->getOperands());
  for (Operation &op : pipeline.getBody().front().without_terminator())
    b.clone(op, mapping);
  for (auto [result, value] :
       llvm::zip(pipeline.getResults(), pipeline.getYield()->getOperands()))
    result.replaceAllUsesWith(mapping.lookup(value));
  pipeline.erase();
}

namespace {

struct InlinePipelines : impl::InlinePipelinesPassBase<InlinePipelines> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([&](halide::PipelineOp pipeline) {
      std::optional<std::string> reason = halide::whyNotHalide(pipeline);
      if (auto refused = pipeline->getAttrOfType<StringAttr>(kPlainLoopsAttr))
        reason = refused.str();
      if (!all && !reason)
        return;
      // After bufferisation there are no tensors left to work on.
      if (pipeline->getNumResults() == 0)
        return;
      if (reason)
        remark::missed(
            pipeline.getLoc(),
            remark::RemarkOpts::name("PlainLoops").category("halide"))
            << remark::reason("{0}", *reason);
      inlinePipeline(pipeline);
    });
  }
};

} // namespace
} // namespace mlir::eke
