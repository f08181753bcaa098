//===- ChooseFormats.cpp - A storage format for every matrix --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   @w : tensor<4x16xf32>    becomes    @w : tensor<4x16xf32, #eke.format<i8>>
//
// A format that one use must not have, no weight has that is bound together with
// that of the use (Bindings.h).
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "passes/Passes.h"
#include "passes/format/Bindings.h"

#include "mlir/IR/Remarks.h"

namespace mlir::eke {

#define GEN_PASS_DEF_CHOOSEFORMATSPASS
#include "passes/Passes.h.inc"

/// True if every reader of `value` takes it as a matrix that may be compressed, or
/// passes it to a block as a weight.
static bool isCompressible(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    if (auto apply = dyn_cast<ApplyOp>(use.getOwner()))
      return apply.isWeight(use);
    auto user = dyn_cast<WeightUser>(use.getOwner());
    return user && &user.getCompressibleWeight() == &use;
  });
}

namespace {

struct ChooseFormats : impl::ChooseFormatsPassBase<ChooseFormats> {
  using Base::Base;

  void runOnOperation() override {
    auto storage =
        getOperation()->getAttrOfType<StorageAttr>(kWeightsFormatAttr);
    if (!storage)
      return;
    auto target = getOperation()->getAttrOfType<TargetAttr>(kTargetAttr);
    Bindings bindings(getOperation());
    DenseSet<StringAttr> plain = bindings.findRefused(isCompressible);
    for (auto weight : getOperation().getOps<WeightOp>()) {
      auto own = weight->getAttrOfType<StorageAttr>(kStorageAttr);
      const FormatInterface &format = (own ? own : storage).getInterface();
      choose(weight, format.choose(&getContext(), target), bindings, plain);
    }
    updateBlockTypes(getOperation());
  }

private:
  /// `plain`: the weights that an op takes as plain tensors, and those that are
  /// bound to the same arguments.
  static void choose(WeightOp weight, FormatAttr format,
                     const Bindings &bindings,
                     const DenseSet<StringAttr> &plain) {
    RankedTensorType type = weight.getTensorType();
    if (type.getRank() != 2 || getFormat(type))
      return;
    if (plain.contains(weight.getSymNameAttr())) {
      remark::missed(weight.getLoc(),
                     remark::RemarkOpts::name("KeptPlain").category("format"))
          << remark::reason("an op takes it, or a weight that is bound to the "
                            "same argument, as a plain tensor");
      return;
    }
    RankedTensorType formatted = withFormat(type, format);
    weight.setType(formatted);
    for (Value value : bindings.valuesOf(weight.getSymNameAttr()))
      value.setType(formatted);
  }
};

} // namespace
} // namespace mlir::eke
