//===- AttachStorages.cpp - A plan of formats reaches the weights ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"

#include "mlir/IR/SymbolTable.h"

namespace mlir::eke {

#define GEN_PASS_DEF_ATTACHSTORAGESPASS
#include "passes/Passes.h.inc"

namespace {

struct AttachStorages : impl::AttachStoragesPassBase<AttachStorages> {
  using Base::Base;

  void runOnOperation() override {
    auto storages = getOperation()->getAttrOfType<DictionaryAttr>(kStorageAttr);
    if (!storages)
      return;
    getOperation()->removeAttr(kStorageAttr);
    SymbolTable symbols(getOperation());
    for (NamedAttribute storage : storages) {
      auto weight = symbols.lookup<WeightOp>(storage.getName());
      if (!weight) {
        getOperation().emitError("the plan of formats names '")
            << storage.getName().getValue() << "', which is no weight";
        return signalPassFailure();
      }
      weight->setAttr(kStorageAttr, storage.getValue());
    }
  }
};

} // namespace
} // namespace mlir::eke
