//===- InlineBlocks.cpp - Models without blocks ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/graph/InlineBlocks.h"

#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::eke {

#define GEN_PASS_DEF_INLINEBLOCKSPASS
#include "passes/Passes.h.inc"

/// Puts the body of `block` in the place of `apply`.
static void inlineApply(ApplyOp apply, BlockOp block) {
  Block &body = block.getBody().front();
  IRMapping values;
  values.map(body.getArguments(), apply.getOperands());
  OpBuilder b(apply);
  for (Operation &op : body.without_terminator())
    b.clone(op, values);
  for (auto [result, value] :
       llvm::zip(apply.getResults(), body.getTerminator()->getOperands()))
    result.replaceAllUsesWith(values.lookupOrDefault(value));
  apply.erase();
}

void inlineBlocks(ModuleOp module) {
  SymbolTable symbols(module);
  for (auto model : module.getOps<ModelOp>()) {
    SmallVector<ApplyOp> applies(model.getOps<ApplyOp>());
    // What a block applies comes behind what applied it.
    while (!applies.empty()) {
      for (ApplyOp apply : applies)
        inlineApply(apply, symbols.lookup<BlockOp>(apply.getBlock()));
      applies.assign(model.getOps<ApplyOp>().begin(),
                     model.getOps<ApplyOp>().end());
    }
  }
  for (auto block : llvm::make_early_inc_range(module.getOps<BlockOp>()))
    symbols.erase(block);
}

namespace {

struct InlineBlocks : impl::InlineBlocksPassBase<InlineBlocks> {
  using Base::Base;

  void runOnOperation() override { inlineBlocks(getOperation()); }
};

} // namespace
} // namespace mlir::eke
