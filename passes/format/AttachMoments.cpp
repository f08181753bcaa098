//===- AttachMoments.cpp - Weights know what their inputs are like --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Moments.h"
#include "passes/Passes.h"
#include "passes/format/CoarseWeights.h"
#include "passes/format/LayerInputs.h"
#include "passes/graph/InlineBlocks.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Remarks.h"

namespace mlir::eke {

#define GEN_PASS_DEF_ATTACHMOMENTSPASS
#include "passes/Passes.h.inc"

namespace {

struct AttachMoments : impl::AttachMomentsPassBase<AttachMoments> {
  using Base::Base;

  void runOnOperation() override {
    auto moments = getOperation()->getAttrOfType<DictionaryAttr>(kMomentsAttr);
    if (!moments)
      return;
    getOperation()->removeAttr(kMomentsAttr);
    DenseMap<StringAttr, Attribute> known = spread(moments);
    for (auto weight : getOperation().getOps<WeightOp>()) {
      if (!isRoundedCoarsely(weight))
        continue;
      if (Attribute payload = known.lookup(weight.getSymNameAttr()))
        weight->setAttr(kMomentsAttr, payload);
      reportMoments(weight);
    }
  }

private:
  /// Weights that multiply the same rows have the same moments, which one of them has
  /// in `moments`: which one depends on the formats of the program that collected them.
  DenseMap<StringAttr, Attribute> spread(DictionaryAttr moments) {
    DenseMap<StringAttr, Attribute> known;
    for (NamedAttribute each : moments)
      known[each.getName()] = each.getValue();
    OwningOpRef<ModuleOp> inlined = getOperation().clone();
    inlineBlocks(*inlined);
    auto groups =
        LayerInputs(*inlined).groupByRows([](StringAttr) { return true; });
    for (ArrayRef<StringAttr> group : llvm::make_second_range(groups)) {
      auto owner = llvm::find_if(
          group, [&](StringAttr weight) { return moments.contains(weight); });
      if (owner == group.end())
        continue;
      for (StringAttr weight : group)
        known.try_emplace(weight, moments.get(*owner));
    }
    return known;
  }

  static void reportMoments(WeightOp weight) {
    bool hasMoments = weight->hasAttr(kMomentsAttr);
    auto named = remark::RemarkOpts::name("Moments").category("format");
    auto remark = hasMoments ? remark::passed(weight.getLoc(), named)
                             : remark::missed(weight.getLoc(), named);
    remark << remark::reason(
        hasMoments ? "its rounding makes up for what products lose"
                   : "no row went through it where moments were collected");
  }
};

} // namespace
} // namespace mlir::eke
