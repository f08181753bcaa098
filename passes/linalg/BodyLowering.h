//===- BodyLowering.h - The body of a block or model ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_BODYLOWERING_H
#define EKE_PASSES_LINALG_BODYLOWERING_H

#include "dialects/eke/Images.h"
#include "passes/linalg/ApplyChains.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::eke {

/// The buffers through which a value of `type` is passed to a function: one, or
/// for a weight one for each part.
SmallVector<Type> getBufferTypes(Type type, bool isWeight);

/// Lowers the body of one block or model into `function`, whose arguments are
/// buffers: inputs, then for a block its weights and states, then outputs, then
/// for a model the states' memory.
///
/// A state is a tensor on its memory (one, so that bufferisation sees all that
/// happens to it), which gets its new value when all else is done; or applies work
/// on the memory itself (InPlaceStates.h).
class BodyLowering {
public:
  BodyLowering(ModuleOp module, OpBuilder &b, func::FuncOp function,
               FunctionOpInterface source)
      : module(module), b(b), function(function), source(source),
        body(source.getFunctionBody().front()), inPlace(body),
        images(listImages(module)),
        layers(b, getDotKind(module->getAttrOfType<TargetAttr>(kTargetAttr))) {}

  LogicalResult run();

private:
  LogicalResult checkTensors(Operation *op);
  void bindArguments();
  LogicalResult lowerOp(Operation *op);
  LogicalResult lowerYield(YieldOp yield);
  LogicalResult lowerUse(UseOp use);
  LogicalResult lowerRead(ReadOp read);
  LogicalResult collectWrites(YieldOp yield);
  void lowerWrites();

  /// A weight or state of the applies of a chain: the memories in which they have it.
  struct Column {
    SmallVector<StringAttr, 1> memories;
  };
  /// The name of the table of a chain, and a column for each weight, then each state.
  struct ChainTable {
    std::string name;
    SmallVector<Column> columns;
  };

  /// A chain of applies becomes a loop over a table of places.
  LogicalResult lowerChain(const ApplyChain &chain, unsigned number);
  SmallVector<Column> listColumns(const ApplyChain &chain);
  FailureOr<ChainTable> buildTable(const ApplyChain &chain, unsigned number);
  SmallVector<Value> collectInputs(const ApplyChain &chain);
  void lowerChainStep(ApplyOp apply, Value tableRow, const ChainTable &table,
                      ArrayRef<Value> inputs, ArrayRef<Value> outputs);

  /// What the weights, then the states of an apply are views of, if the entry takes
  /// them from the module; null for others.
  SmallVector<Operation *> getSymbols(ApplyOp apply);
  /// The buffers of a weight or state that is no view.
  ArrayRef<Value> getBuffers(OpOperand &operand);
  FailureOr<int64_t> getOffset(Operation *user, Operation *symbol);
  /// The bytes of the weights of a memory.
  Value getImage(Location loc, StringAttr memory);
  Value selectImage(Location loc, ArrayRef<StringAttr> memories, Value which);
  /// Views of a weight or state that lies at `offset` (index, bytes) of `memory`.
  SmallVector<Value> viewsAt(Location loc, Operation *symbol, Value memory,
                             Value offset);
  /// The view of a state; there is one for a state in a function.
  FailureOr<Value> getStateView(Operation *user, FlatSymbolRefAttr state);
  void bindWeight(Value value, ValueRange parts);
  Value alloc(Location loc, Type type);

  /// A new value of a state, and the memory it goes to.
  struct Write {
    Location loc;
    Value value, buffer;
  };

  ModuleOp module;
  OpBuilder &b;
  func::FuncOp function;
  FunctionOpInterface source;
  Block &body;
  InPlaceStates inPlace;
  SmallVector<WeightImage> images;
  LayerLowering layers;
  /// The buffers of a block's weights and states.
  DenseMap<Value, SmallVector<Value>> buffers;
  /// Of states that an apply cannot work on in place, the copies.
  DenseMap<OpOperand *, SmallVector<Value>> copies;
  DenseMap<Attribute, Value> stateViews;
  SmallVector<Write> writes;
  unsigned firstOutput = 0;
};

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_BODYLOWERING_H
