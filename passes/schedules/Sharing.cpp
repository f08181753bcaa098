//===- Sharing.cpp - What pays to share among threads ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedules/Sharing.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

/// Tasks that the rows of a prompt make.
static constexpr int64_t kRowTasks = 4;

bool hasRowTasks(int64_t rows) {
  return rows >= 2 * kRowTasks && rows % kRowTasks == 0;
}

void shareRows(StageSchedule &out, StringRef loop, int64_t rows,
               SmallVector<StringRef> innermostFirst) {
  bool pays = hasRowTasks(rows);
  if (pays) {
    out.split(loop, "mp", "mq", rows / kRowTasks);
    llvm::replace(innermostFirst, loop, StringRef("mq"));
    innermostFirst.push_back("mp");
  }
  out.reorder(innermostFirst);
  if (pays)
    out.add(halide::DirectiveKind::Parallel, {"mp"});
}

/// The most that `slice` can have of its source along a dynamic dimension.
static int64_t getMostOf(tensor::ExtractSliceOp slice) {
  int64_t most = 0;
  for (auto [size, whole] :
       llvm::zip(slice.getType().getShape(), slice.getSourceType().getShape()))
    if (ShapedType::isDynamic(size))
      most = std::max(most, whole);
  return most;
}

/// The most positions there can be: operands are slices of caches for all of them, or
/// as long as such a slice.
static int64_t getMostPositions(halide::PipelineOp pipeline) {
  int64_t most = 0;
  for (Value operand : pipeline->getOperands()) {
    if (auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>())
      most = std::max(most, getMostOf(slice));
    if (!operand.getType().isIndex())
      continue;
    for (Operation *user : operand.getUsers())
      if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
          slice && llvm::is_contained(slice.getSizes(), operand))
        most = std::max(most, getMostOf(slice));
  }
  return most;
}

bool paysToSharePositions(ScheduleBuilder &b, int64_t operationsPerPosition) {
  return operationsPerPosition * getMostPositions(b.pipeline) / 2 >=
         kOperationsWorthSharing;
}

int64_t getStepsPerTask(ScheduleBuilder &b, int64_t positions,
                        int64_t operationsPerPosition) {
  int64_t steps = llvm::PowerOf2Ceil(llvm::divideCeil(
      kOperationsWorthSharing / 2, positions * operationsPerPosition));
  return steps * positions < getMostPositions(b.pipeline) ? steps : 0;
}

} // namespace mlir::eke
