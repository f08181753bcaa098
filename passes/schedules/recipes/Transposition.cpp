//===- Transposition.cpp - What exchanges rows and columns ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An input that jumps along the last dimension of the result, and lies side by side along
// another: tiles of 4 by 4 numbers stay in registers, for which LLVM finds the shuffles (of
// larger ones it puts vectors together number by number). Tiles are gone through in blocks
// that are a cache line wide each way, so that what is read or written of a line is so
// before it leaves the cache.
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

static constexpr int64_t kTile = 4;

/// How many numbers a block is wide along a loop of `extent`: a cache line of f32, or less
/// if that divides the loop.
static int64_t pickBlock(int64_t extent) {
  for (int64_t block : {4 * kTile, 2 * kTile})
    if (extent % block == 0)
      return block;
  return extent % kTile == 0 ? kTile : std::min(4 * kTile, extent);
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
  int64_t rows = stage.extents.back(), across = stage.extents[*columns];
  if (rows < kTile || across < kTile)
    return false;
  SmallVector<StringRef> order{"ji", "ii", "jt", "it", "jo", "io"};
  for (size_t loop = stage.loops.size() - 1; loop-- > 0;)
    if (loop != *columns)
      order.push_back(stage.loops[loop]);
  b.stage(stage.name)
      .split(columnLoop, "io", "ib", pickBlock(across))
      .split("ib", "it", "ii", kTile)
      .split(rowLoop, "jo", "jb", pickBlock(rows))
      .split("jb", "jt", "ji", kTile)
      .reorder(order)
      .vectorize("ji")
      .unroll("ii");
  return true;
}

} // namespace mlir::eke
