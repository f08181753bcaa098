//===- ChooseCacheFormats.cpp - An element type for every cache -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   @k : tensor<256x2x32xf32>    becomes    @k : tensor<256x2x32xf16>
//
// States that are bound together (Bindings.h) change all, or none does.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"
#include "passes/format/Bindings.h"

#include "mlir/IR/Remarks.h"

namespace mlir::eke {

#define GEN_PASS_DEF_CHOOSECACHEFORMATSPASS
#include "passes/Passes.h.inc"

/// The op that rounds to `element` what it makes of the state `use`, or null.
static StateUser getRounder(OpOperand &use, Type element) {
  auto user = dyn_cast<StateUser>(use.getOwner());
  if (!user || user.getStates().empty() || !user.roundsTo(element))
    return {};
  unsigned begin = user.getStates().getBeginOperandIndex();
  bool isState = use.getOperandNumber() - begin < user.getStates().size();
  return isState ? user : StateUser();
}

/// Does nothing happen at `use` to a state with elements of type `element` that is
/// not said?
static bool isRounded(OpOperand &use, Type element) {
  if (auto yield = dyn_cast<YieldOp>(use.getOwner())) {
    auto block = dyn_cast<BlockOp>(yield->getParentOp());
    return block && use.getOperandNumber() >= block.getValueCount();
  }
  return isa<WriteOp>(use.getOwner()) || getRounder(use, element);
}

/// True if `value`, of a state, comes from one, or is the new value of one that is
/// rounded to `element`; and if all that is made of it is.
static bool isRounded(Value value, Type element) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto block = argument ? dyn_cast<BlockOp>(argument.getOwner()->getParentOp())
                        : BlockOp();
  bool isOld = value.getDefiningOp<ReadOp>() ||
               (block && llvm::is_contained(block.getStates(), argument));
  auto user = value.getDefiningOp<StateUser>();
  bool isNew = user && user.roundsTo(element) &&
               llvm::is_contained(user.getNewStates(), value);
  return (isOld || isNew) && llvm::all_of(value.getUses(), [&](OpOperand &use) {
           return isRounded(use, element);
         });
}

/// `initial`, of `type`, rounded to it; null if that cannot be done here.
static ElementsAttr round(ElementsAttr initial, RankedTensorType type) {
  auto dense = dyn_cast<DenseFPElementsAttr>(initial);
  if (!dense)
    return {};
  auto element = cast<FloatType>(type.getElementType());
  return dense.mapValues(element, [&](const APFloat &value) {
    APFloat rounded = value;
    bool losesInfo;
    rounded.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
    return rounded.bitcastToAPInt();
  });
}

namespace {

struct ChooseCacheFormats
    : impl::ChooseCacheFormatsPassBase<ChooseCacheFormats> {
  using Base::Base;

  void runOnOperation() override {
    auto chosen = getOperation()->getAttrOfType<TypeAttr>(kCachesFormatAttr);
    if (!chosen || chosen.getValue().isF32())
      return;
    Bindings bindings(getOperation());
    auto element = cast<FloatType>(chosen.getValue());
    DenseSet<StringAttr> wide = bindings.findRefused(
        [&](Value value) { return isRounded(value, element); });
    for (auto state : getOperation().getOps<StateOp>())
      narrow(state, element, bindings, wide);
    updateBlockTypes(getOperation());
  }

private:
  static void reportKept(StateOp state, StringRef reason) {
    remark::missed(state.getLoc(),
                   remark::RemarkOpts::name("KeptWide").category("format"))
        << remark::reason("{0}", reason);
  }

  /// `wide`: the states that an op uses which does not round, and those that are
  /// bound to the same arguments.
  static void narrow(StateOp state, FloatType element, const Bindings &bindings,
                     const DenseSet<StringAttr> &wide) {
    RankedTensorType type = state.getTensorType();
    if (!type.getElementType().isF32())
      return;
    if (wide.contains(state.getSymNameAttr()))
      return reportKept(state, "an op that does not round uses it, or a state "
                               "that is bound to the same argument");
    auto narrowed = RankedTensorType::get(type.getShape(), element);
    if (ElementsAttr initial = state.getInitialAttr())
      state.setInitialAttr(round(initial, narrowed));
    state.setType(narrowed);
    for (Value value : bindings.valuesOf(state.getSymNameAttr()))
      value.setType(narrowed);
  }
};

} // namespace
} // namespace mlir::eke
