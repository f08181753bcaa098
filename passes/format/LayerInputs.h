//===- LayerInputs.h - Which weights multiply the same rows -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_LAYERINPUTS_H
#define EKE_PASSES_FORMAT_LAYERINPUTS_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke {

/// The linear layers of a module without blocks, by their weights.
class LayerInputs {
public:
  explicit LayerInputs(ModuleOp inlined);

  /// All weights of layers, in the order of the first one.
  auto getWeights() const { return llvm::make_first_range(layers); }
  /// The layers that multiply with a weight.
  ArrayRef<LinearOp> getLayers(StringAttr weight) const {
    return layers.find(weight)->second;
  }

  /// The weights that multiply the same rows as others, and as often: `accepted` ones
  /// with the first of them. Query, key and value do.
  llvm::MapVector<StringAttr, SmallVector<StringAttr>>
  groupByRows(function_ref<bool(StringAttr)> accepted) const;

private:
  llvm::MapVector<StringAttr, SmallVector<LinearOp>> layers;
};

} // namespace mlir::eke

#endif // EKE_PASSES_FORMAT_LAYERINPUTS_H
