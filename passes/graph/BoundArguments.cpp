//===- BoundArguments.cpp - What callers may pass -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model @trunk(%tokens)            becomes   model @trunk(%tokens {eke.bounds =
//     eke.embed %tokens, 2048 rows               #eke.bounds<0, 2047>})
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::eke {

#define GEN_PASS_DEF_BOUNDARGUMENTSPASS
#include "passes/Passes.h.inc"

/// Where ops reach into memory by `argument`: in its model, and in the blocks that
/// it is passed to.
static SmallVector<OpOperand *> findIndexUses(Value argument,
                                              SymbolTable &symbols) {
  SmallVector<OpOperand *> found;
  SetVector<Value> values;
  values.insert(argument);
  for (size_t i = 0; i < values.size(); ++i)
    for (OpOperand &use : values[i].getUses()) {
      if (isa<Indexing>(use.getOwner()))
        found.push_back(&use);
      auto apply = dyn_cast<ApplyOp>(use.getOwner());
      if (auto block =
              apply ? symbols.lookup<BlockOp>(apply.getBlock()) : BlockOp())
        values.insert(block.getArgument(use.getOperandNumber()));
    }
  return found;
}

namespace {

struct BoundArguments : impl::BoundArgumentsPassBase<BoundArguments> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto model : getOperation().getOps<ModelOp>())
      for (BlockArgument argument : model.getArguments())
        if (failed(bound(model, argument, symbols)))
          signalPassFailure();
  }

private:
  LogicalResult bound(ModelOp model, BlockArgument argument,
                      SymbolTable &symbols) {
    unsigned number = argument.getArgNumber();
    auto bounds = model.getArgAttrOfType<BoundsAttr>(number, kBoundsAttr);
    for (OpOperand *use : findIndexUses(argument, symbols)) {
      auto range = cast<Indexing>(use->getOwner()).getIndexRange(*use);
      if (!range)
        continue;
      int64_t min = range->first, max = range->second;
      if (bounds) {
        min = std::max(min, bounds.getMin());
        max = std::min(max, bounds.getMax());
      }
      if (min > max) {
        InFlightDiagnostic error =
            model.emitOpError("argument ")
            << number << " can be no number: of those it may be, none is in "
            << range->first << " to " << range->second;
        error.attachNote(use->getOwner()->getLoc()) << "this op expects that";
        return error;
      }
      bounds = BoundsAttr::get(&getContext(), min, max);
    }
    if (bounds)
      model.setArgAttr(number, kBoundsAttr, bounds);
    return success();
  }
};

} // namespace
} // namespace mlir::eke
