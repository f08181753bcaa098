//===- SpecializeRows.cpp - One model for each row count ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model @trunk(?x192) rows [1, 16]   becomes   @trunk_1(1x192), @trunk_16(16x192)
//   block @decoder(?x192)                        @decoder_1,      @decoder_16
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"
#include "passes/graph/RefineShapes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::eke {

#define GEN_PASS_DEF_SPECIALIZEROWSPASS
#include "passes/Passes.h.inc"

/// `type` with `rows` in place of a dynamic first dimension.
static Type withRows(Type type, int64_t rows) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() == 0 || !tensor.isDynamicDim(0))
    return type;
  SmallVector<int64_t> shape(tensor.getShape());
  shape[0] = rows;
  return tensor.clone(shape);
}

namespace {

struct SpecializeRows : impl::SpecializeRowsPassBase<SpecializeRows> {
  using Base::Base;

  void runOnOperation() override {
    symbols.emplace(getOperation());
    blocks.clear(); // of another module
    SmallVector<ModelOp> models(getOperation().getOps<ModelOp>());
    failing.clear();
    bool areStatic = true;
    for (ModelOp model : models)
      areStatic &= succeeded(specialize(model));
    if (!areStatic)
      return signalPassFailure();
    // Only blocks of the same kind, and nothing, can still apply these.
    for (auto block :
         llvm::make_early_inc_range(getOperation().getOps<BlockOp>()))
      if (llvm::any_of(block.getArgumentTypes(), isDynamicTensor))
        symbols->erase(block);
  }

private:
  LogicalResult specialize(ModelOp model) {
    bool isStatic = llvm::none_of(model.getArgumentTypes(), isDynamicTensor) &&
                    llvm::none_of(model.getResultTypes(), isDynamicTensor);
    if (isStatic) // yet it may apply blocks that are not
      return fixRows(model, /*rows=*/1);
    ArrayRef<int64_t> counts = *model.getRows();
    ModelOp first;
    for (int64_t rows : counts) {
      ModelOp copy = model.clone();
      copy.setRowsAttr(DenseI64ArrayAttr::get(&getContext(), {rows}));
      copy.setSymName((model.getSymName() + "_" + Twine(rows)).str());
      symbols->insert(copy, model->getIterator());
      if (failed(fixRows(copy, rows)))
        return failure();
      if (!first)
        first = copy;
    }
    // What names a model, as an exit its head, means the one for fewest rows.
    if (first) {
      SymbolTableCollection tables;
      SymbolUserMap(tables, getOperation())
          .replaceAllUsesWith(model, first.getSymNameAttr());
    }
    symbols->erase(model);
    return success();
  }

  /// The block for `rows` that stands for `block`, made when first needed.
  FailureOr<BlockOp> getBlockFor(BlockOp block, int64_t rows) {
    if (failing.contains(block)) // which has been said
      return failure();
    BlockOp &copy = blocks[{block, rows}];
    if (copy)
      return copy;
    BlockOp made = block.clone();
    made.setSymName((block.getSymName() + "_" + Twine(rows)).str());
    symbols->insert(made, block->getIterator());
    copy = made;
    if (failed(fixRows(made, rows))) {
      failing.insert(block);
      return failure();
    }
    return made;
  }

  /// Gives the arguments `rows` rows and follows them through the body.
  LogicalResult fixRows(FunctionOpInterface function, int64_t rows) {
    Block &body = function.getFunctionBody().front();
    for (BlockArgument argument : body.getArguments()) {
      argument.setType(withRows(argument.getType(), rows));
      if (isDynamicTensor(argument.getType()))
        return function.emitOpError("argument ")
               << argument.getArgNumber()
               << " has a dynamic dimension that is not its rows";
    }
    for (Operation &op : llvm::make_early_inc_range(body))
      if (failed(fixRows(&op)))
        return failure();
    for (Value value : body.getTerminator()->getOperands())
      if (isDynamicTensor(value.getType()))
        return body.getTerminator()->emitOpError("gives ")
               << value.getType()
               << ", whose extents the number of rows does not say";
    function.setType(
        FunctionType::get(&getContext(), body.getArgumentTypes(),
                          body.getTerminator()->getOperandTypes()));
    return success();
  }

  LogicalResult fixRows(Operation *op) {
    if (auto apply = dyn_cast<ApplyOp>(op))
      return redirect(apply);
    auto rowWise = dyn_cast<RowWise>(op);
    if (!rowWise)
      return refineShapes(op);
    skipCasts(op);
    if (llvm::none_of(op->getResultTypes(), isDynamicTensor))
      return success();
    FailureOr<int64_t> rows = getInputRows(op);
    if (failed(rows))
      return failure();
    for (Value result : op->getResults())
      result.setType(withRows(result.getType(), rowWise.getResultRows(*rows)));
    return success();
  }

  FailureOr<int64_t> getInputRows(Operation *op) {
    auto first = op->getNumOperands() > 0
                     ? dyn_cast<RankedTensorType>(op->getOperand(0).getType())
                     : RankedTensorType();
    if (first && first.getRank() > 0 && !first.isDynamicDim(0))
      return first.getDimSize(0);
    op->emitOpError("has dynamic rows but no first operand that gives them");
    return failure();
  }

  LogicalResult redirect(ApplyOp apply) {
    skipCasts(apply);
    auto block = symbols->lookup<BlockOp>(apply.getBlock());
    if (llvm::any_of(block.getArgumentTypes(), isDynamicTensor)) {
      FailureOr<int64_t> rows = getInputRows(apply);
      if (failed(rows))
        return failure();
      FailureOr<BlockOp> target = getBlockFor(block, *rows);
      if (failed(target))
        return failure();
      block = *target;
      apply.setBlock(block.getSymName());
    }
    for (auto [result, type] :
         llvm::zip(apply.getResults(), block.getResultTypes()))
      result.setType(type);
    return success();
  }

  std::optional<SymbolTable> symbols;
  DenseMap<std::pair<Operation *, int64_t>, BlockOp> blocks;
  /// The blocks of which some rows have no static shapes.
  llvm::SmallPtrSet<Operation *, 4> failing;
};

} // namespace
} // namespace mlir::eke
