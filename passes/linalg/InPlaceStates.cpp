//===- InPlaceStates.cpp - Applies on the memory of states ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %k0 = read @k  ->  apply states(%k0) = %k1  ->  apply states(%k1) = %k2  ->
//   write %k2, @k
//
//===----------------------------------------------------------------------===//

#include "passes/linalg/InPlaceStates.h"

namespace mlir::eke {

InPlaceStates::InPlaceStates(Block &body) {
  for (ReadOp read : body.getOps<ReadOp>())
    follow(read.getResult(), [&](OpOperand &use) {
      auto write = dyn_cast<WriteOp>(use.getOwner());
      return write && write.getStateAttr() == read.getStateAttr();
    });
  auto block = dyn_cast<BlockOp>(body.getParentOp());
  if (!block)
    return;
  for (auto [index, state] : llvm::enumerate(block.getStates()))
    follow(state, [&, result = block.getValueCount() + index](OpOperand &use) {
      return isa<YieldOp>(use.getOwner()) && use.getOperandNumber() == result;
    });
}

void InPlaceStates::follow(Value origin,
                           function_ref<bool(OpOperand &)> goesBack) {
  SmallVector<OpOperand *> steps;
  SmallVector<Value> line{origin};
  while (line.back().hasOneUse()) {
    OpOperand &use = *line.back().use_begin();
    auto apply = dyn_cast<ApplyOp>(use.getOwner());
    if (apply && apply.isState(use)) {
      unsigned state = use.getOperandNumber() -
                       apply.getStateOperands().front().getOperandNumber();
      steps.push_back(&use);
      line.push_back(apply.getNewStates()[state]);
      continue;
    }
    if (!goesBack(use))
      return;
    for (OpOperand *step : steps)
      origins[step] = origin;
    values.insert(line.begin(), line.end());
    return;
  }
}

} // namespace mlir::eke
