//===- Bindings.cpp - The values that weights and states are --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/format/Bindings.h"

#include "mlir/IR/SymbolTable.h"

namespace mlir::eke {

/// What a block gives back as the new values of its states.
static ValueRange getYieldedStates(BlockOp block) {
  auto yield = cast<YieldOp>(block.getBody().front().getTerminator());
  return yield.getValues().take_back(block.getStateCount());
}

Bindings::Bindings(ModuleOp module) {
  SymbolTable table(module);
  module.walk([&](Operation *op) {
    if (auto use = dyn_cast<UseOp>(op))
      bind(use.getSymbolAttr().getAttr(), use.getResult());
    else if (auto read = dyn_cast<ReadOp>(op))
      bind(read.getStateAttr().getAttr(), read.getResult());
    else if (auto write = dyn_cast<WriteOp>(op))
      bind(write.getStateAttr().getAttr(), write.getValue());
    else if (auto user = dyn_cast<StateUser>(op))
      bindAll(user.getStates(), user.getNewStates());
    else if (auto block = dyn_cast<BlockOp>(op))
      bindAll(block.getStates(), getYieldedStates(block));
    if (auto apply = dyn_cast<ApplyOp>(op))
      bindApply(apply, table.lookup<BlockOp>(apply.getBlock()));
  });
  for (auto [value, number] : numbers)
    members[classes.findLeader(number)].push_back(value);
}

void Bindings::bindApply(ApplyOp apply, BlockOp block) {
  bindAll(apply.getWeights(), block.getWeights());
  bindAll(apply.getStates(), block.getStates());
}

unsigned Bindings::numberOf(Value value) {
  auto [entry, isNew] = numbers.insert({value, unsigned(numbers.size())});
  if (isNew)
    classes.grow(numbers.size());
  return entry->second;
}

void Bindings::bind(Value a, Value b) {
  unsigned first = numberOf(a), second = numberOf(b);
  classes.join(first, second);
}

void Bindings::bindAll(ValueRange a, ValueRange b) {
  for (auto [first, second] : llvm::zip_equal(a, b))
    bind(first, second);
}

void Bindings::bind(StringAttr symbol, Value value) {
  bind(firstValue.insert({symbol, value}).first->second, value);
}

ArrayRef<Value> Bindings::valuesOf(StringAttr symbol) const {
  auto value = firstValue.find(symbol);
  if (value == firstValue.end())
    return {};
  return members.find(classes.findLeader(numbers.lookup(value->second)))
      ->second;
}

DenseSet<StringAttr>
Bindings::findRefused(function_ref<bool(Value)> accepted) const {
  DenseSet<StringAttr> refused;
  for (StringAttr symbol : llvm::make_first_range(firstValue))
    if (!llvm::all_of(valuesOf(symbol), accepted))
      refused.insert(symbol);
  return refused;
}

void updateBlockTypes(ModuleOp module) {
  for (auto block : module.getOps<BlockOp>()) {
    Block &body = block.getBody().front();
    block.setType(FunctionType::get(module.getContext(),
                                    body.getArgumentTypes(),
                                    body.getTerminator()->getOperandTypes()));
  }
}

} // namespace mlir::eke
