//===- BoundWeights.cpp - What the arguments of blocks stand for ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/format/BoundWeights.h"

namespace mlir::eke {

BoundWeights::BoundWeights(ModuleOp module) {
  SymbolTable symbols(module);
  module.walk([&](ApplyOp apply) {
    applies[symbols.lookup<BlockOp>(apply.getBlock())].push_back(apply);
  });
}

ArrayRef<ApplyOp> BoundWeights::appliesOf(BlockOp block) const {
  auto found = applies.find(block);
  return found == applies.end() ? ArrayRef<ApplyOp>() : found->second;
}

SmallVector<StringAttr> BoundWeights::symbolsOf(Value value) const {
  if (auto use = value.getDefiningOp<UseOp>())
    return {use.getSymbolAttr().getAttr()};
  auto argument = dyn_cast<BlockArgument>(value);
  auto block = argument ? dyn_cast<BlockOp>(argument.getOwner()->getParentOp())
                        : BlockOp();
  if (!block || !llvm::is_contained(block.getWeights(), argument))
    return {};
  SmallVector<StringAttr> bound;
  for (ApplyOp apply : appliesOf(block)) {
    auto use =
        apply->getOperand(argument.getArgNumber()).getDefiningOp<UseOp>();
    if (!use)
      return {};
    bound.push_back(use.getSymbolAttr().getAttr());
  }
  return bound;
}

void BoundWeights::eraseArguments(
    BlockOp block, function_ref<bool(BlockArgument)> isErased) const {
  BitVector erased(block.getNumArguments());
  for (Value weight : block.getWeights()) {
    auto argument = cast<BlockArgument>(weight);
    if (argument.use_empty() && isErased(argument))
      erased.set(argument.getArgNumber());
  }
  for (ApplyOp apply : appliesOf(block)) {
    SmallVector<Value> bound;
    for (OpOperand &weight : apply.getWeightOperands())
      if (!erased.test(weight.getOperandNumber()))
        bound.push_back(weight.get());
    apply.getWeightsMutable().assign(bound);
  }
  block.setWeightCount(block.getWeightCount() - erased.count());
  (void)block.eraseArguments(erased);
}

} // namespace mlir::eke
