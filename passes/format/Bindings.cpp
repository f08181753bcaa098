//===- Bindings.cpp - Through which values symbols are used ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/format/Bindings.h"

#include "mlir/IR/SymbolTable.h"

namespace mlir::eke {

Bindings::Bindings(ModuleOp module) {
  SymbolTable table(module);
  module.walk([&](Operation *op) {
    if (auto use = dyn_cast<UseOp>(op))
      bind(use.getSymbolAttr().getAttr(), use.getResult());
    auto apply = dyn_cast<ApplyOp>(op);
    if (!apply)
      return;
    auto block = table.lookup<BlockOp>(apply.getBlock());
    unsigned argument = apply.getInputs().size();
    for (ArrayAttr names : {apply.getWeights(), apply.getStates()})
      for (auto name : names.getAsRange<FlatSymbolRefAttr>())
        bind(name.getAttr(), block.getArgument(argument++));
  });
}

void Bindings::bind(StringAttr symbol, Value value) {
  values[symbol].push_back(value);
  symbols[value].push_back(symbol);
}

ArrayRef<Value> Bindings::valuesOf(StringAttr symbol) const {
  auto found = values.find(symbol);
  return found == values.end() ? ArrayRef<Value>() : found->second;
}

DenseSet<StringAttr>
Bindings::findRefused(function_ref<bool(Value)> accepted) const {
  SmallVector<StringAttr> worklist;
  for (auto &[symbol, uses] : values)
    if (!llvm::all_of(uses, accepted))
      worklist.push_back(symbol);
  DenseSet<StringAttr> refused;
  while (!worklist.empty()) {
    StringAttr symbol = worklist.pop_back_val();
    if (!refused.insert(symbol).second)
      continue;
    for (Value value : valuesOf(symbol))
      llvm::append_range(worklist, symbols.find(value)->second);
  }
  return refused;
}

void updateBlockTypes(ModuleOp module) {
  for (auto block : module.getOps<BlockOp>())
    block.setType(FunctionType::get(module.getContext(),
                                    block.getBody().getArgumentTypes(),
                                    block.getResultTypes()));
}

} // namespace mlir::eke
