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

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"

namespace mlir::eke {

#define GEN_PASS_DEF_INLINEPIPELINESPASS
#include "passes/Passes.h.inc"

static void inlinePipeline(halide::PipelineOp pipeline) {
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
      if (!all && !reason)
        return;
      // After bufferisation there are no tensors left to work on.
      if (pipeline->getNumResults() == 0)
        return;
      if (reason)
        remark::missed(pipeline.getLoc(),
                       remark::RemarkOpts::name("PlainLoops").category("halide"))
            << remark::reason("{0}", *reason);
      inlinePipeline(pipeline);
    });
  }
};

} // namespace
} // namespace mlir::eke
