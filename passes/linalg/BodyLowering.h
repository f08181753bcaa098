//===- BodyLowering.h - The body of a block or model ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_LINALG_BODYLOWERING_H
#define EKE_PASSES_LINALG_BODYLOWERING_H

#include "passes/linalg/ApplyChains.h"
#include "passes/linalg/LayerLowering.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::eke {

/// The buffers through which a value of `type` is passed to a function: one, or
/// for a weight one for each part.
SmallVector<Type> getBufferTypes(Type type, bool isWeight);

/// Lowers the body of one block or model into `function`, whose arguments are
/// buffers: inputs, then for a block its weights and states, then outputs, then
/// for a model the states' memory.
class BodyLowering {
public:
  BodyLowering(ModuleOp module, OpBuilder &b, func::FuncOp function)
      : module(module), b(b), function(function),
        layers(b, getDotKind(module->getAttrOfType<TargetAttr>(kTargetAttr))) {}

  LogicalResult run(FunctionOpInterface source,
                    function_ref<bool(BlockArgument)> isWeight);

private:
  LogicalResult checkTensors(Operation *op);
  void bindArguments(FunctionOpInterface source,
                     function_ref<bool(BlockArgument)> isWeight);
  LogicalResult lowerOp(Operation *op);
  LogicalResult lowerYield(YieldOp yield);
  LogicalResult lowerUse(UseOp use);

  /// A chain of applies becomes a loop over a table of offsets.
  LogicalResult lowerChain(const ApplyChain &chain, unsigned number);
  FailureOr<std::string> buildTable(const ApplyChain &chain, unsigned number);
  void lowerChainStep(ApplyOp apply, Value tableRow, StringRef table,
                      ArrayRef<Value> inputs, Value output);

  /// The weights, then the states that an apply binds.
  SmallVector<Operation *> getBindings(ApplyOp apply);
  FailureOr<int64_t> getOffset(Operation *user, Operation *symbol);
  /// Views of a weight or state that lies at `offset` (index, bytes).
  SmallVector<Value> viewsAt(Location loc, Operation *symbol, Value offset);
  void bindWeight(Value value, ValueRange parts);

  ModuleOp module;
  OpBuilder &b;
  func::FuncOp function;
  LayerLowering layers;
  unsigned firstOutput = 0;
};

} // namespace mlir::eke

#endif // EKE_PASSES_LINALG_BODYLOWERING_H
