//===- StoreLargeStages.cpp - Large stages outside of the stack -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %y = pipeline outs(%e) {          becomes     %y, %s = pipeline outs(%e, %f) {
//     %s = … (stored in full)                       %s = …
//     %y = … %s                                     %y = … %s
//     yield %y }                                    yield %y, %s }
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/StoreLargeStages.h"

#include "dialects/eke/TargetLayout.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

using linalg::LinalgOp;

int64_t getMostStackBytes(TargetAttr target) {
  constexpr int64_t usual = 16 << 10, parts = 4;
  int64_t stack = target ? target.getStack() : 0;
  return stack ? std::min(usual, stack / parts) : usual;
}

/// Does the schedule store what `op` computes in full, before its first use?
static bool isStoredInFull(LinalgOp op, ArrayAttr schedule) {
  auto name = op->getAttrOfType<StringAttr>(halide::stageAttrName);
  if (!name || isa<linalg::FillOp>(op))
    return false;
  if (schedule)
    for (auto stage : schedule.getAsRange<halide::StageAttr>())
      if (stage.getName() == name)
        for (halide::DirectiveAttr directive : stage.getDirectives()) {
          if (directive.getKind() == halide::DirectiveKind::ComputeRoot)
            return true;
          if (directive.getKind() == halide::DirectiveKind::ComputeAt)
            return false;
        }
  return op.getNumReductionLoops() > 0;
}

static bool isLarge(LinalgOp op, int64_t mostStackBytes) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t bits = getElementBits(type.getElementType(), op);
  return type.hasStaticShape() &&
         type.getNumElements() * bits > 8 * mostStackBytes;
}

static SmallVector<LinalgOp> findLargeStages(halide::PipelineOp pipeline,
                                             int64_t mostStackBytes) {
  SmallVector<LinalgOp> found;
  Block &body = pipeline.getBody().front();
  for (auto op : body.getOps<LinalgOp>())
    if (op->getNumResults() == 1 && isLarge(op, mostStackBytes) &&
        !llvm::is_contained(body.getTerminator()->getOperands(),
                            op->getResult(0)) &&
        isStoredInFull(op, pipeline.getScheduleAttr()))
      found.push_back(op);
  return found;
}

/// Lets `stage` start in `memory`, an output of the body.
static void startIn(LinalgOp stage, Value memory) {
  OpOperand &init = stage.getDpsInitsMutable()[0];
  OpBuilder b(stage);
  if (auto fill = init.get().getDefiningOp<linalg::FillOp>())
    init.set(
        linalg::FillOp::create(b, fill.getLoc(), fill.getInputs()[0], memory)
            .getResult(0));
  else if (init.get().getDefiningOp<tensor::EmptyOp>())
    init.set(memory);
}

void storeLargeStages(halide::PipelineOp pipeline, TargetAttr target) {
  SmallVector<LinalgOp> stages =
      findLargeStages(pipeline, getMostStackBytes(target));
  if (stages.empty() || pipeline->getNumResults() == 0)
    return;
  OpBuilder b(pipeline);
  Location loc = pipeline.getLoc();
  SmallVector<Value> outs(pipeline.getOuts());
  SmallVector<Type> types(pipeline.getResultTypes());
  for (LinalgOp stage : stages) {
    auto type = cast<RankedTensorType>(stage->getResult(0).getType());
    types.push_back(type);
    outs.push_back(tensor::EmptyOp::create(b, loc, type.getShape(),
                                           type.getElementType()));
  }
  auto larger =
      halide::PipelineOp::create(b, loc, types, pipeline.getIns(), outs,
                                 pipeline.getKernelName().value_or(""));
  larger.setScheduleAttr(pipeline.getScheduleAttr());
  if (IntegerAttr multiple = pipeline.getExtentMultipleAttr())
    larger.setExtentMultipleAttr(multiple);
  larger->setDiscardableAttrs(pipeline->getDiscardableAttrDictionary());
  larger.getBody().takeBody(pipeline.getBody());
  Block &body = larger.getBody().front();
  Operation *yield = body.getTerminator();
  for (LinalgOp stage : stages) {
    startIn(stage, body.addArgument(stage->getResult(0).getType(), loc));
    yield->insertOperands(yield->getNumOperands(), stage->getResult(0));
  }
  pipeline.replaceAllUsesWith(
      larger.getResults().take_front(pipeline->getNumResults()));
  pipeline.erase();
}

} // namespace mlir::eke
