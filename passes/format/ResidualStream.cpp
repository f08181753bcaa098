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
  for (auto model : module.getOps<ModelOp>()) {
    auto entry = model->getAttrOfType<EntryAttr>(kEntryAttr);
    if (!entry || !entry.getRole())
      continue;
    Block &body = model.getBody().front();
    for (BlockArgument argument : body.getArguments())
      if (Attribute name = model.getArgAttr(argument.getArgNumber(), kNameAttr))
        taken[name].push_back(argument);
    for (OpOperand &result : body.getTerminator()->getOpOperands())
      if (Attribute name =
              model.getResultAttr(result.getOperandNumber(), kNameAttr))
        given[name].push_back(&result);
  }
  module.walk([&](EmbedOp embed) {
    values.insert(embed.getResult());
    for (StringAttr table : bound.symbolsOf(embed.getTable()))
      tables.insert(table);
  });
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

void ResidualStream::addArgument(BlockArgument argument) {
  Operation *op = argument.getOwner()->getParentOp();
  unsigned number = argument.getArgNumber();
  if (auto block = dyn_cast<BlockOp>(op)) {
    for (ApplyOp apply : bound.appliesOf(block))
      values.insert(apply->getOperand(number));
    return;
  }
  auto model = cast<ModelOp>(op);
  auto givers = given.find(model.getArgAttr(number, kNameAttr));
  if (givers == given.end() ||
      !llvm::is_contained(taken.lookup(givers->first), argument)) {
    entering.insert(argument);
    return;
  }
  for (OpOperand *operand : givers->second)
    values.insert(operand->get());
}

void ResidualStream::addYield(OpOperand &use) {
  Operation *op = use.getOwner()->getParentOp();
  unsigned number = use.getOperandNumber();
  if (auto block = dyn_cast<BlockOp>(op)) {
    for (ApplyOp apply : bound.appliesOf(block))
      values.insert(apply->getResult(number));
    return;
  }
  auto model = cast<ModelOp>(op);
  auto takers = taken.find(model.getResultAttr(number, kNameAttr));
  if (takers == taken.end() ||
      !llvm::is_contained(given.lookup(takers->first), &use))
    leaving.push_back(&use);
  else
    values.insert(takers->second.begin(), takers->second.end());
}

/// Notes what gives `value`, and what else is of the stream therefore.
void ResidualStream::addProducer(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return addArgument(argument);
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
  } else if (isa<NormOp>(op)) {
    addNorm(use);
  } else if (auto apply = dyn_cast<ApplyOp>(op)) {
    auto block =
        SymbolTable::lookupNearestSymbolFrom<BlockOp>(op, apply.getBlockAttr());
    values.insert(block.getArgument(use.getOperandNumber()));
  } else if (isa<YieldOp>(op)) {
    addYield(use);
  } else if (!isa<RopeTableOp>(op)) { // which asks for the number of rows
    refuse(op, "reads the residual stream, and is no norm");
  }
}

/// Has `norm`, outside of blocks, a reader that cannot have its scale: something else than
/// a linear layer, or a product with a table of embeddings?
bool ResidualStream::keepsScale(NormOp norm) const {
  auto cannotHaveIt = [&](OpOperand &use) {
    auto linear = dyn_cast<LinearOp>(use.getOwner());
    if (!linear || use.getOperandNumber() != 0)
      return true;
    return llvm::any_of(bound.symbolsOf(linear.getWeight()),
                        [&](StringAttr name) { return tables.contains(name); });
  };
  return isa<ModelOp>(norm->getParentOp()) &&
         llvm::any_of(norm->getUses(), cannotHaveIt);
}

void ResidualStream::addNorm(OpOperand &use) {
  auto norm = cast<NormOp>(use.getOwner());
  if (keepsScale(norm)) {
    leaving.push_back(&use);
    return;
  }
  if (norm.getCentered() || norm.getBias() || norm.getPlusOne() ||
      norm.getGroups() != 1)
    return refuse(norm, "is a norm of another kind than the root mean square "
                        "of the row times a scale");
  norms.insert(norm);
  for (OpOperand &reader : norm->getUses()) {
    auto linear = dyn_cast<LinearOp>(reader.getOwner());
    if (!linear || reader.getOperandNumber() != 0)
      return refuse(reader.getOwner(),
                    "reads a norm of the residual stream, and is no linear "
                    "layer");
    readers.insert(linear);
  }
}

} // namespace mlir::eke
