//===- LateReads.cpp - What is read behind a store ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/LateReads.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::eke {

using bufferization::AnalysisState;
using bufferization::ToTensorOp;
using Store = bufferization::MaterializeInDestinationOp;

//===----------------------------------------------------------------------===//
// What lies in memory that was written to
//===----------------------------------------------------------------------===//

/// The values that `operand` may be in one memory with, back to buffers and to ops of which
/// bufferisation knows nothing, such as a concatenation, which may turn out to be its operand.
static SetVector<Value> findOrigins(OpOperand &operand,
                                    const AnalysisState &state) {
  bufferization::TraversalConfig config;
  config.followUnknownOps = true;
  auto isOrigin = [](Value value) {
    Operation *op = value.getDefiningOp();
    return !op || isa<ToTensorOp>(op) ||
           !isa<bufferization::BufferizableOpInterface>(op);
  };
  return state.findValueInReverseUseDefChain(&operand, isOrigin, config);
}

/// The buffers in which the source of `store` may lie, as it was read from them.
static SmallVector<ToTensorOp> findBuffers(Store store,
                                           const AnalysisState &state) {
  SmallVector<ToTensorOp> buffers;
  SmallVector<OpOperand *> pending{&store.getSourceMutable()};
  DenseSet<Operation *> seen;
  while (!pending.empty())
    for (Value origin : findOrigins(*pending.pop_back_val(), state)) {
      Operation *op = origin.getDefiningOp();
      if (!op || !seen.insert(op).second)
        continue;
      if (auto tensor = dyn_cast<ToTensorOp>(op)) {
        buffers.push_back(tensor);
        continue;
      }
      for (OpOperand &operand : op->getOpOperands())
        if (isa<RankedTensorType>(operand.get().getType()))
          pending.push_back(&operand);
    }
  return buffers;
}

/// Copies what stores of `block` would read from memory that an earlier one has written
/// to, before that happens.
static void keepOldValues(Block &block, const AnalysisState &state) {
  DenseMap<Value, Store> writers;
  for (Store store : llvm::to_vector(block.getOps<Store>())) {
    Store first;
    for (ToTensorOp tensor : findBuffers(store, state)) {
      Store writer = writers.lookup(tensor.getBuffer());
      bool isOld = writer && tensor->getBlock() == &block &&
                   tensor->isBeforeInBlock(writer);
      if (isOld && (!first || writer->isBeforeInBlock(first)))
        first = writer;
    }
    Operation *maker = store.getSource().getDefiningOp();
    if (first && (!maker || maker->getBlock() != &block ||
                  maker->isBeforeInBlock(first))) {
      OpBuilder b(first);
      Value source = store.getSource();
      store.getSourceMutable().set(bufferization::AllocTensorOp::create(
          b, store.getLoc(), cast<RankedTensorType>(source.getType()),
          /*dynamic_sizes=*/ValueRange(), /*copy=*/source));
    }
    writers.try_emplace(store.getDest(), store);
  }
}

//===----------------------------------------------------------------------===//
// What is computed in a destination
//===----------------------------------------------------------------------===//

/// May a user of `buffer` for which `counts` holds change it?
static bool mayChange(Value buffer, SymbolTableCollection &symbols,
                      function_ref<bool(Operation *)> counts) {
  auto any = [](Operation *) { return true; };
  return llvm::any_of(buffer.getUses(), [&](OpOperand &use) {
    Operation *op = use.getOwner();
    if (!counts(op))
      return false;
    if (auto tensor = dyn_cast<ToTensorOp>(op))
      return tensor.getWritable();
    if (auto copy = dyn_cast<memref::CopyOp>(op))
      return copy.getTarget() == buffer;
    if (auto view = dyn_cast<ViewLikeOpInterface>(op))
      return view.getViewSource() != buffer ||
             mayChange(op->getResult(0), symbols, any);
    auto call = dyn_cast<func::CallOp>(op);
    auto callee = call ? symbols.lookupNearestSymbolFrom<func::FuncOp>(
                             call, call.getCalleeAttr())
                       : func::FuncOp();
    if (!callee || callee.isExternal())
      return true;
    return mayChange(callee.getArgument(use.getOperandNumber()), symbols, any);
  });
}

/// The values that may be in one memory with what is written to `empty`, without those
/// that come of `last`.
static SetVector<Value> findValuesIn(Value empty, Value last,
                                     const AnalysisState &state) {
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
/// computed there, and would not be what it was?
static bool overwritesLater(Store store, const AnalysisState &state,
                            SymbolTableCollection &symbols) {
  auto isEmpty = [](Value value) {
    return value.getDefiningOp<tensor::EmptyOp>() != nullptr;
  };
  auto isBehind = [&](Operation *user) {
    Operation *op = store->getBlock()->findAncestorOpInBlock(*user);
    return !op || store->isBeforeInBlock(op);
  };
  auto isReadBehind = [&](Value value) {
    return llvm::any_of(value.getUsers(), isBehind);
  };
  Value source = store.getSource();
  if (isReadBehind(source) && mayChange(store.getDest(), symbols, isBehind))
    return true;
  return llvm::any_of(
      state.findValueInReverseUseDefChain(&store.getSourceMutable(), isEmpty),
      [&](Value origin) {
        return isEmpty(origin) &&
               llvm::any_of(findValuesIn(origin, source, state), isReadBehind);
      });
}

void keepLateReads(Operation *root) {
  bufferization::BufferizationOptions options;
  AnalysisState state(options);
  SymbolTableCollection symbols;
  root->walk([&](Block *block) { keepOldValues(*block, state); });
  root->walk([&](Store store) {
    if (store.getRestrict() && overwritesLater(store, state, symbols))
      store.setRestrict(false);
  });
}

} // namespace mlir::eke
