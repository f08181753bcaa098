//===- Bufferize.cpp - Tensors become buffers -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/Bufferize.h"
#include "dialects/halide/HalideDialect.h"
#include "passes/Passes.h"
#include "passes/memory/CarriedTensors.h"
#include "passes/memory/LateReads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
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

/// How many of the innermost dimensions lie in memory without gaps, and are known. In
/// front of them, and only there, a dimension of one may have any stride: so LLVM's
/// lowering has it.
static int64_t countDense(MemRefType type) {
  auto [strides, offset] = type.getStridesAndOffset();
  int64_t dim = type.getRank() - 1, elements = 1;
  for (; dim >= 0 && !type.isDynamicDim(dim) && strides[dim] == elements; --dim)
    elements *= type.getDimSize(dim);
  while (dim >= 0 && type.getDimSize(dim) == 1)
    --dim;
  return type.getRank() - 1 - dim;
}

/// A copy element by element.
static void copyElements(OpBuilder &b, memref::CopyOp copy) {
  int64_t rank = cast<MemRefType>(copy.getSource().getType()).getRank();
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  linalg::GenericOp::create(
      b, copy.getLoc(), TypeRange(), copy.getSource(), copy.getTarget(), maps,
      iterators, [](OpBuilder &inner, Location loc, ValueRange args) {
        linalg::YieldOp::create(inner, loc, args[0]);
      });
}

/// The part of `buffer` at `indices`, its outermost dimensions, which stay as ones: without
/// them it could not be told which dimensions of one are left.
static Value getPart(OpBuilder &b, Location loc, Value buffer,
                     ValueRange indices) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> offsets(indices.begin(), indices.end());
  offsets.resize(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes(indices.size(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  for (int64_t size : type.getShape().drop_front(indices.size()))
    sizes.push_back(b.getIndexAttr(size));
  return memref::SubViewOp::create(b, loc, buffer, offsets, sizes, strides);
}

/// A copy between strided buffers as loops around what lies without gaps: LLVM has no
/// operation for the whole, and a library function would allocate.
static void expandCopy(memref::CopyOp copy) {
  auto source = cast<MemRefType>(copy.getSource().getType());
  auto target = cast<MemRefType>(copy.getTarget().getType());
  int64_t dense = std::min(countDense(source), countDense(target));
  int64_t outer = source.getRank() - dense;
  if (outer == 0)
    return;
  OpBuilder b(copy);
  Location loc = copy.getLoc();
  if (llvm::all_of(source.getShape().drop_front(outer),
                   [](int64_t size) { return size == 1; })) {
    copyElements(b, copy);
  } else {
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    SmallVector<Value> counts;
    for (int64_t dim = 0; dim < outer; ++dim)
      counts.push_back(memref::DimOp::create(b, loc, copy.getSource(), dim));
    scf::buildLoopNest(b, loc, SmallVector<Value>(outer, zero), counts,
                       SmallVector<Value>(outer, one),
                       [&](OpBuilder &inner, Location, ValueRange indices) {
                         Value from =
                             getPart(inner, loc, copy.getSource(), indices);
                         Value to =
                             getPart(inner, loc, copy.getTarget(), indices);
                         memref::CopyOp::create(inner, loc, from, to);
                       });
  }
  copy.erase();
}

/// Reports ops on tensors that bufferisation does not know. Upstream stops at the first.
static LogicalResult
expectKnownOps(ModuleOp module,
               const bufferization::BufferizationOptions &options) {
  bool areKnown = true;
  module.walk([&](Operation *op) {
    auto isTensor = [](Type type) { return isa<TensorType>(type); };
    if ((llvm::none_of(op->getOperandTypes(), isTensor) &&
         llvm::none_of(op->getResultTypes(), isTensor)) ||
        !options.isOpAllowed(op) || options.dynCastBufferizableOp(op))
      return;
    areKnown = false;
    op->emitOpError("has no lowering to buffers from (")
        << op->getOperandTypes() << ") to (" << op->getResultTypes() << ")";
  });
  return success(areKnown);
}

namespace {

struct Bufferize : impl::BufferizePassBase<Bufferize> {
  using Base::Base;

  void runOnOperation() override {
    bufferization::OneShotBufferizationOptions options;
    options.bufferAlignment = 64;
    halide::keepBodiesOnTensors(options);
    if (failed(expectKnownOps(getOperation(), options)))
      return signalPassFailure();
    keepLateReads(getOperation());
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
