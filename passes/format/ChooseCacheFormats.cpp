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

/// True if every user of `value` rounds what it writes.
static bool isRounded(Value value) {
  return llvm::all_of(value.getUsers(), llvm::IsaPred<StateRounder>);
}

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
    Bindings bindings(getOperation());
    DenseSet<StringAttr> wide = bindings.findRefused(isRounded);
    for (auto state : getOperation().getOps<StateOp>())
      narrow(state, bindings, wide);
    updateBlockTypes(getOperation());
  }

private:
  /// `wide`: the states that an op uses which does not round, and those that are
  /// bound to the same arguments.
  static void narrow(StateOp state, const Bindings &bindings,
                     const DenseSet<StringAttr> &wide) {
    RankedTensorType type = state.getTensorType();
    if (!type.getElementType().isF32())
      return;
    if (wide.contains(state.getSymNameAttr())) {
      remark::missed(state.getLoc(),
                     remark::RemarkOpts::name("KeptWide").category("format"))
          << remark::reason(
                 "an op that does not round uses it, or a state that "
                 "is bound to the same argument");
      return;
    }
    auto narrowed = RankedTensorType::get(type.getShape(),
                                          Float16Type::get(type.getContext()));
    state.setType(narrowed);
    for (Value value : bindings.valuesOf(state.getSymNameAttr()))
      value.setType(StateType::get(type.getContext(), narrowed));
  }
};

} // namespace
} // namespace mlir::eke
