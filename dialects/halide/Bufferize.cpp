//===- Bufferize.cpp - Pipelines from tensors to memory -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %r = halide.pipeline ins(tensors) outs(%t) {body} -> tensor
//
//   becomes
//
//   halide.pipeline ins(memrefs) outs(%m) {body}        and %r is read from %m
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/Bufferize.h"
#include "dialects/halide/HalideDialect.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::eke::halide {

using namespace bufferization;

/// Does a stage of the body, and not only the yield, read this out operand?
static bool readsInitialValue(PipelineOp pipeline, OpOperand &out) {
  return !pipeline.getBody().getArgument(out.getOperandNumber()).use_empty();
}

namespace {

struct PipelineBufferization
    : DstBufferizableOpInterfaceExternalModel<PipelineBufferization,
                                              PipelineOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    auto pipeline = cast<PipelineOp>(op);
    return !pipeline.isDpsInit(&operand) ||
           readsInitialValue(pipeline, operand);
  }

  /// The arguments of the body are tensors for ever: only operands count.
  bool hasTensorSemantics(Operation *op) const {
    return llvm::any_of(op->getOperandTypes(), llvm::IsaPred<TensorType>);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto pipeline = cast<PipelineOp>(op);
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType())) {
        operands.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }

    size_t inCount = pipeline.getIns().size();
    auto [ins, outs] = std::pair(ArrayRef(operands).take_front(inCount),
                                 ArrayRef(operands).drop_front(inCount));
    auto onMemory =
        PipelineOp::create(rewriter, op->getLoc(), TypeRange(), ins, outs,
                           pipeline.getKernelName().value_or(""));
    if (ArrayAttr schedule = pipeline.getScheduleAttr())
      onMemory.setScheduleAttr(schedule);
    if (IntegerAttr multiple = pipeline.getExtentMultipleAttr())
      onMemory.setExtentMultipleAttr(multiple);
    onMemory->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    onMemory.getBody().takeBody(pipeline.getBody());
    replaceOpWithBufferizedValues(rewriter, op, outs);
    return success();
  }
};

} // namespace

void registerBufferizableOpInterface(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, HalideDialect *) {
    PipelineOp::attachInterface<PipelineBufferization>(*context);
  });
}

void keepBodiesOnTensors(BufferizationOptions &options) {
  options.opFilter.denyOperation([](Operation *op) {
    return isa<KernelOp>(op) || op->getParentOfType<KernelOp>() ||
           op->getParentOfType<PipelineOp>();
  });
}

} // namespace mlir::eke::halide
