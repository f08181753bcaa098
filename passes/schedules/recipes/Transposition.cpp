//===- Transposition.cpp - What exchanges rows and columns ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An input that jumps along the last dimension of the result, and lies side by side along
// another: square tiles of a vector each way stay in registers, so that whole cache lines
// are read and written. LLVM finds the shuffles.
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/Classify.h"
#include "passes/schedules/recipes/Library.h"

namespace mlir::eke {

using linalg::LinalgOp;

/// The loop along which an input of `op` lies side by side, if it jumps along the last.
static std::optional<unsigned> findColumns(LinalgOp op) {
  unsigned last = op.getNumLoops() - 1;
  for (OpOperand *input : op.getDpsInputOperands()) {
    bool isOutside = isa<BlockArgument>(input->get()) &&
                     isa<RankedTensorType>(input->get().getType());
    if (!isOutside || !op.payloadUsesValueFromOperand(input) ||
        getStep(op, *input, last) != Step::Far)
      continue;
    for (unsigned loop = 0; loop < last; ++loop)
      if (getStep(op, *input, loop) == Step::One)
        return loop;
  }
  return std::nullopt;
}

/// Is every op of the body one that goes through its result element by element, and what
/// an op inside computes in the same place? Then the loops of all are those of the last.
static bool isInPlace(Block &body) {
  for (auto op : body.getOps<LinalgOp>()) {
    if (op.hasDynamicShape() || op.getNumReductionLoops() > 0 ||
        op.getNumLoops() < 2)
      return false;
    for (OpOperand &operand : op->getOpOperands())
      if ((op.isDpsInit(&operand) || operand.get().getDefiningOp<LinalgOp>()) &&
          !op.getMatchingIndexingMap(&operand).isIdentity())
        return false;
  }
  return true;
}

bool scheduleTransposition(ScheduleBuilder &b) {
  Block &body = b.pipeline.getBody().front();
  Operation *yield = body.getTerminator();
  if (yield->getNumOperands() != 1 || !isInPlace(body))
    return false;
  auto last = yield->getOperand(0).getDefiningOp<LinalgOp>();
  std::optional<unsigned> columns;
  for (auto op : body.getOps<LinalgOp>())
    if (!columns)
      columns = findColumns(op);
  if (!last || !columns)
    return false;
  Stage stage(last);
  StringRef rowLoop = stage.loops.back(), columnLoop = stage.loops[*columns];
  if (stage.extents.back() < b.lanes || stage.extents[*columns] < b.lanes)
    return false;
  SmallVector<StringRef> order{"ji", "ii", "jo", "io"};
  for (size_t loop = stage.loops.size() - 1; loop-- > 0;)
    if (loop != *columns)
      order.push_back(stage.loops[loop]);
  b.stage(stage.name)
      .split(columnLoop, "io", "ii", b.lanes)
      .split(rowLoop, "jo", "ji", b.lanes)
      .reorder(order)
      .vectorize("ji")
      .unroll("ii");
  return true;
}

} // namespace mlir::eke
