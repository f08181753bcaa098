//===- AttachMoments.cpp - Weights know what their inputs are like --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Moments.h"
#include "passes/Passes.h"
#include "passes/format/CoarseWeights.h"

#include "mlir/IR/BuiltinAttributes.h"
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
    for (auto weight : getOperation().getOps<WeightOp>()) {
      if (!isRoundedCoarsely(weight))
        continue;
      if (Attribute payload = moments.get(weight.getSymName()))
        weight->setAttr(kMomentsAttr, payload);
      reportMoments(weight);
    }
  }

private:
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
