//===- ChooseMemories.cpp - Which memory each tensor lies in --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   eke.weight @w …     becomes     eke.weight @w … {eke.memory = "sram"}
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/memory/CheckPlaces.h"
#include "passes/memory/MemoryChooser.h"

namespace mlir::eke {

#define GEN_PASS_DEF_CHOOSEMEMORIESPASS
#include "passes/Passes.h.inc"

namespace {

struct ChooseMemories : impl::ChooseMemoriesPassBase<ChooseMemories> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!(callsPerStart > 0)) {
      module.emitError() << "calls-per-start is " << callsPerStart.getValue()
                         << ", expected a number above 0";
      return signalPassFailure();
    }
    if (failed(checkChosenPlaces(module)))
      return signalPassFailure();
    auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
    if (!target || listHomes(target).size() < 2)
      return;
    reportUnpriced(target);
    if (!hasChoiceOfHomes(target))
      return;
    auto costs = measurePlacement(module, target);
    if (!costs) // nothing is called
      return llvm::consumeError(costs.takeError());
    if (failed(MemoryChooser(module, target, std::move(*costs), callsPerStart)
                   .run()))
      signalPassFailure();
  }

private:
  void reportUnpriced(TargetAttr target) {
    SmallVector<unsigned> priced = listPricedHomes(target);
    for (unsigned home : listHomes(target)) {
      if (llvm::is_contained(priced, home))
        continue;
      remark::missed(getOperation().getLoc(), placementRemark("UnpricedMemory"))
          << remark::reason("the target does not say what reading from '{0}' "
                            "costs; nothing is placed there by energy",
                            target.getMemories()[home].getName().getValue());
    }
  }
};

} // namespace
} // namespace mlir::eke
