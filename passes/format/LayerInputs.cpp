//===- LayerInputs.cpp - Which weights multiply the same rows -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/format/LayerInputs.h"

#include <map>

namespace mlir::eke {

LayerInputs::LayerInputs(ModuleOp inlined) {
  for (auto model : inlined.getOps<ModelOp>())
    for (auto layer : model.getOps<LinearOp>())
      if (auto use = layer.getWeight().getDefiningOp<UseOp>())
        layers[use.getSymbolAttr().getAttr()].push_back(layer);
}

llvm::MapVector<StringAttr, SmallVector<StringAttr>>
LayerInputs::groupByRows(function_ref<bool(StringAttr)> accepted) const {
  llvm::MapVector<StringAttr, SmallVector<StringAttr>> groups;
  std::map<std::vector<const void *>, StringAttr> firsts;
  for (auto &[weight, readers] : layers) {
    if (!accepted(weight))
      continue;
    std::vector<const void *> rows;
    for (LinearOp layer : readers)
      rows.push_back(layer.getInput().getAsOpaquePointer());
    groups[firsts.try_emplace(rows, weight).first->second].push_back(weight);
  }
  return groups;
}

} // namespace mlir::eke
