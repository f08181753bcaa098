//===- Bufferize.cpp - Tensors become buffers -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/Bufferize.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/memory/CarriedTensors.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::eke {

#define GEN_PASS_DEF_BUFFERIZEPASS
#include "passes/Passes.h.inc"

static bool isContiguous(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return type.hasStaticShape() && type.getLayout().isIdentity();
}

/// A copy between strided buffers as loops: LLVM has no operation for it, and a
/// library function would allocate.
static void expandCopy(memref::CopyOp copy) {
  if (isContiguous(copy.getSource()) && isContiguous(copy.getTarget()))
    return;
  OpBuilder b(copy);
  int64_t rank = cast<MemRefType>(copy.getSource().getType()).getRank();
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  linalg::GenericOp::create(
      b, copy.getLoc(), TypeRange(), copy.getSource(), copy.getTarget(), maps,
      iterators, [](OpBuilder &inner, Location loc, ValueRange args) {
        linalg::YieldOp::create(inner, loc, args[0]);
      });
  copy.erase();
}

namespace {

struct Bufferize : impl::BufferizePassBase<Bufferize> {
  using Base::Base;

  void runOnOperation() override {
    bufferization::OneShotBufferizationOptions options;
    options.bufferAlignment = 64;
    halide::keepBodiesOnTensors(options);
    IRRewriter rewriter(&getContext());
    bufferization::BufferizationState state;
    // What loops carry is placed once it is known which ops compute in place.
    bufferization::OneShotBufferizationOptions beforePlacing = options;
    beforePlacing.allowReturnAllocsFromLoops = true;
    if (failed(eliminateEmptyTensors(rewriter, beforePlacing)) ||
        failed(placeCarriedTensors(getOperation(), beforePlacing)) ||
        failed(
            bufferization::runOneShotBufferize(getOperation(), options, state)))
      return signalPassFailure();
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) {
      if (copy.getSource() == copy.getTarget())
        copy.erase();
      else
        copies.push_back(copy);
    });
    for (memref::CopyOp copy : copies)
      expandCopy(copy);
  }

private:
  LogicalResult eliminateEmptyTensors(
      IRRewriter &rewriter,
      const bufferization::OneShotBufferizationOptions &options) {
    bufferization::OneShotAnalysisState state(getOperation(), options);
    return success(succeeded(bufferization::analyzeOp(getOperation(), state)) &&
                   succeeded(bufferization::eliminateEmptyTensors(
                       rewriter, getOperation(), state)));
  }
};

} // namespace
} // namespace mlir::eke
