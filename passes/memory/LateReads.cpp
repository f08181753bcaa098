//===- LateReads.cpp - What is read behind a store ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/LateReads.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

/// The values that may be in one memory with what is written to `empty`, without those
/// that come of `last`.
static SetVector<Value>
findValuesIn(Value empty, Value last,
             const bufferization::AnalysisState &state) {
  SetVector<Value> values;
  values.insert(empty);
  for (size_t next = 0; next < values.size(); ++next)
    for (OpOperand &use : values[next].getUses())
      for (bufferization::AliasingValue alias : state.getAliasingValues(use))
        if (alias.value != last)
          values.insert(alias.value);
  return values;
}

/// Is a value read behind `store` that would be in its destination, if its source were
/// computed there?
static bool overwritesLater(bufferization::MaterializeInDestinationOp store) {
  bufferization::BufferizationOptions options;
  bufferization::AnalysisState state(options);
  auto isEmpty = [](Value value) {
    return value.getDefiningOp<tensor::EmptyOp>() != nullptr;
  };
  auto isBehind = [&](Operation *user) {
    Operation *op = store->getBlock()->findAncestorOpInBlock(*user);
    return !op || store->isBeforeInBlock(op);
  };
  return llvm::any_of(
      state.findValueInReverseUseDefChain(&store.getSourceMutable(), isEmpty),
      [&](Value origin) {
        return isEmpty(origin) &&
               llvm::any_of(findValuesIn(origin, store.getSource(), state),
                            [&](Value value) {
                              return llvm::any_of(value.getUsers(), isBehind);
                            });
      });
}

void keepLateReads(Operation *root) {
  root->walk([](bufferization::MaterializeInDestinationOp store) {
    if (store.getRestrict() && overwritesLater(store))
      store.setRestrict(false);
  });
}

} // namespace mlir::eke
