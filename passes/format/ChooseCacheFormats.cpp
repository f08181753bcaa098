//===- ChooseCacheFormats.cpp - An element type for every cache -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   @k : tensor<256x2x32xf32>    becomes    @k : tensor<256x2x32xf16>
//
// A state reaches its users through `eke.use` or as an argument of a block. An
// argument has one type, so all states that are bound to it change or none does.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"

#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace mlir::eke {

#define GEN_PASS_DEF_CHOOSECACHEFORMATSPASS
#include "passes/Passes.h.inc"

namespace {

struct ChooseCacheFormats
    : impl::ChooseCacheFormatsPassBase<ChooseCacheFormats> {
  using Base::Base;

  void runOnOperation() override {
    auto name = getOperation()->getAttrOfType<StringAttr>(kCachesFormatAttr);
    if (!name || name == "f32")
      return;
    if (name != "f16") {
      getOperation().emitError("unknown caches format '")
          << name.getValue() << "', expected f32 or f16";
      return signalPassFailure();
    }
    collectValues();
    for (auto state : getOperation().getOps<StateOp>())
      narrow(state);
    for (auto block : getOperation().getOps<BlockOp>())
      block.setType(FunctionType::get(&getContext(),
                                      block.getBody().getArgumentTypes(),
                                      block.getResultTypes()));
  }

private:
  /// Finds the values through which each state is used, and the states that share
  /// one.
  void collectValues() {
    SymbolTable symbols(getOperation());
    DenseMap<Value, StringAttr> firstOf;
    auto bind = [&](StringAttr state, Value value) {
      usedAs[state].push_back(value);
      StringAttr first = firstOf.try_emplace(value, state).first->second;
      together.unionSets(first.getValue(), state.getValue());
    };
    for (auto state : getOperation().getOps<StateOp>())
      together.insert(state.getSymName());
    getOperation().walk([&](Operation *op) {
      if (auto use = dyn_cast<UseOp>(op))
        if (isa<StateType>(use.getType()))
          bind(use.getSymbolAttr().getAttr(), use.getResult());
      auto apply = dyn_cast<ApplyOp>(op);
      if (!apply)
        return;
      auto block = symbols.lookup<BlockOp>(apply.getBlock());
      auto names = apply.getStates().getAsRange<FlatSymbolRefAttr>();
      auto arguments =
          block.getBody().getArguments().take_back(apply.getStates().size());
      for (auto [name, argument] : llvm::zip(names, arguments))
        bind(name.getAttr(), argument);
    });
    for (auto &[state, values] : usedAs)
      if (!llvm::all_of(values, isRounded))
        kept.insert(together.getLeaderValue(state.getValue()));
  }

  static bool isRounded(Value value) {
    return llvm::all_of(value.getUsers(), llvm::IsaPred<StateRounder>);
  }

  void narrow(StateOp state) {
    RankedTensorType type = state.getTensorType();
    if (!type.getElementType().isF32())
      return;
    if (kept.contains(together.getLeaderValue(state.getSymName()))) {
      remark::missed(state.getLoc(),
                     remark::RemarkOpts::name("KeptWide").category("format"))
          << remark::reason(
                 "an op that does not round uses it, or a state that "
                 "is bound to the same argument");
      return;
    }
    auto narrowed =
        RankedTensorType::get(type.getShape(), Float16Type::get(&getContext()));
    state.setType(narrowed);
    for (Value value : usedAs[state.getSymNameAttr()])
      value.setType(StateType::get(&getContext(), narrowed));
  }

  DenseMap<StringAttr, SmallVector<Value>> usedAs;
  /// States that are bound to the same argument, and of those that must stay as
  /// they are the leaders.
  llvm::EquivalenceClasses<StringRef> together;
  DenseSet<StringRef> kept;
};

} // namespace
} // namespace mlir::eke
