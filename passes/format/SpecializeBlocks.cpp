//===- SpecializeBlocks.cpp - Blocks for each combination of formats ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   apply @layer weights(@a)          apply @layer weights(@a)
//   apply @layer weights(@b: i4)  ->  apply @layer_0 weights(@b: i4)
//
// A block is looked at behind all that apply it, because what an argument of these
// stands for is known then.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke {

#define GEN_PASS_DEF_SPECIALIZEBLOCKSPASS
#include "passes/Passes.h.inc"

namespace {

class Specializer {
public:
  explicit Specializer(ModuleOp module) : module(module), symbols(module) {}

  void run() {
    for (auto model : module.getOps<ModelOp>())
      collectApplies(model);
    for (BlockOp block : listCallersFirst())
      specialize(block);
  }

private:
  SmallVector<BlockOp> listCallersFirst();
  void collectApplies(Operation *function);
  Attribute getStorage(Value weight) const;
  ArrayAttr getStorages(ApplyOp apply) const;
  BlockOp copy(BlockOp block);
  void specialize(BlockOp block);

  ModuleOp module;
  SymbolTable symbols;
  /// The applies of a block that are known by now.
  DenseMap<StringAttr, SmallVector<ApplyOp>> applies;
  /// What weights that are bound to an argument ask for.
  DenseMap<Value, Attribute> storages;
};

} // namespace

void Specializer::collectApplies(Operation *function) {
  function->walk([&](ApplyOp apply) {
    applies[apply.getBlockAttr().getAttr()].push_back(apply);
  });
}

/// All blocks, each behind those that apply it.
SmallVector<BlockOp> Specializer::listCallersFirst() {
  DenseMap<Operation *, unsigned> waiting;
  auto forEachApplied = [&](BlockOp block, auto visit) {
    block.walk([&](ApplyOp apply) {
      visit(symbols.lookup<BlockOp>(apply.getBlock()));
    });
  };
  for (auto block : module.getOps<BlockOp>())
    forEachApplied(block, [&](BlockOp applied) { ++waiting[applied]; });
  SmallVector<BlockOp> order;
  for (auto block : module.getOps<BlockOp>())
    if (!waiting.lookup(block))
      order.push_back(block);
  for (unsigned next = 0; next < order.size(); ++next)
    forEachApplied(order[next], [&](BlockOp applied) {
      if (--waiting[applied] == 0)
        order.push_back(applied);
    });
  return order;
}

/// What a weight asks for; null if that is nothing in particular.
Attribute Specializer::getStorage(Value weight) const {
  if (auto use = weight.getDefiningOp<UseOp>())
    return symbols.lookup(use.getSymbolAttr().getValue())
        ->getAttr(kStorageAttr);
  return storages.lookup(weight);
}

ArrayAttr Specializer::getStorages(ApplyOp apply) const {
  Builder b(apply.getContext());
  return b.getArrayAttr(
      llvm::map_to_vector(apply.getWeights(), [&](Value weight) {
        Attribute storage = getStorage(weight);
        return storage ? storage : Attribute(b.getUnitAttr());
      }));
}

BlockOp Specializer::copy(BlockOp block) {
  BlockOp other = block.clone();
  symbols.insert(other, std::next(block->getIterator()));
  return other;
}

void Specializer::specialize(BlockOp block) {
  llvm::MapVector<ArrayAttr, SmallVector<ApplyOp>> byStorages;
  for (ApplyOp apply : applies[block.getSymNameAttr()])
    byStorages[getStorages(apply)].push_back(apply);
  SmallVector<BlockOp> blocks{block};
  for (size_t number = 1; number < byStorages.size(); ++number)
    blocks.push_back(copy(block));
  for (auto [own, entry] : llvm::zip(blocks, byStorages)) {
    for (ApplyOp apply : entry.second)
      apply.setBlock(own.getSymName());
    for (auto [argument, storage] : llvm::zip(own.getWeights(), entry.first))
      if (!isa<UnitAttr>(storage))
        storages[argument] = storage;
    collectApplies(own);
  }
  if (byStorages.size() > 1)
    remark::passed(
        block.getLoc(),
        remark::RemarkOpts::name("SpecializedBlock").category("format"))
        << remark::metric("block", block.getSymName())
        << remark::metric("copies", byStorages.size());
}

namespace {

struct SpecializeBlocks : impl::SpecializeBlocksPassBase<SpecializeBlocks> {
  using Base::Base;

  void runOnOperation() override { Specializer(getOperation()).run(); }
};

} // namespace
} // namespace mlir::eke
