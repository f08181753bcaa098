//===- ResidualStream.cpp - What layers add to and read of ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/format/ResidualStream.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::eke {

ResidualStream::ResidualStream(ModuleOp module, const BoundWeights &bound)
    : bound(bound) {
  module.walk([&](EmbedOp embed) { values.insert(embed.getResult()); });
  // What is found on the way comes behind.
  for (size_t i = 0; i < values.size() && !obstacle; ++i) {
    addProducer(values[i]);
    for (OpOperand &use : values[i].getUses())
      addUse(use);
  }
}

void ResidualStream::refuse(Operation *op, StringRef why) {
  if (obstacle)
    return;
  obstacle = op;
  reason = why;
}

/// Notes what gives `value`, and what else is of the stream therefore.
void ResidualStream::addProducer(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto block = dyn_cast<BlockOp>(argument.getOwner()->getParentOp());
    if (!block)
      entering.insert(argument);
    else
      for (ApplyOp apply : bound.appliesOf(block))
        values.insert(apply->getOperand(argument.getArgNumber()));
    return;
  }
  Operation *op = value.getDefiningOp();
  if (auto embed = dyn_cast<EmbedOp>(op))
    embeds.insert(embed);
  else if (auto linear = dyn_cast<LinearOp>(op))
    writers.insert(linear);
  else if (isa<arith::AddFOp>(op))
    values.insert(op->operand_begin(), op->operand_end());
  else if (auto apply = dyn_cast<ApplyOp>(op)) {
    auto block =
        SymbolTable::lookupNearestSymbolFrom<BlockOp>(op, apply.getBlockAttr());
    values.insert(block.getBody().front().getTerminator()->getOperand(
        cast<OpResult>(value).getResultNumber()));
  } else
    refuse(op, "adds to the residual stream, and is no linear layer");
}

/// Notes what reads the stream by `use`.
void ResidualStream::addUse(OpOperand &use) {
  Operation *op = use.getOwner();
  if (isa<arith::AddFOp>(op)) {
    values.insert(op->getResult(0));
  } else if (auto norm = dyn_cast<NormOp>(op)) {
    addNorm(norm);
  } else if (auto apply = dyn_cast<ApplyOp>(op)) {
    auto block =
        SymbolTable::lookupNearestSymbolFrom<BlockOp>(op, apply.getBlockAttr());
    values.insert(block.getArgument(use.getOperandNumber()));
  } else if (isa<YieldOp>(op)) {
    if (auto block = dyn_cast<BlockOp>(op->getParentOp()))
      for (ApplyOp apply : bound.appliesOf(block))
        values.insert(apply->getResult(use.getOperandNumber()));
    else
      leaving.push_back(&use);
  } else if (!isa<RopeTableOp>(op)) { // which asks for the number of rows
    refuse(op, "reads the residual stream, and is no norm");
  }
}

void ResidualStream::addNorm(NormOp norm) {
  if (norm.getCentered() || norm.getBias() || norm.getPlusOne() ||
      norm.getGroups() != 1)
    return refuse(norm, "is a norm of another kind than the root mean square "
                        "of the row times a scale");
  norms.insert(norm);
  for (OpOperand &use : norm->getUses()) {
    auto linear = dyn_cast<LinearOp>(use.getOwner());
    if (!linear || use.getOperandNumber() != 0)
      return refuse(use.getOwner(),
                    "reads a norm of the residual stream, and is no linear "
                    "layer");
    readers.insert(linear);
  }
}

} // namespace mlir::eke
