//===- BoundWeights.h - What the arguments of blocks stand for --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_BOUNDWEIGHTS_H
#define EKE_PASSES_FORMAT_BOUNDWEIGHTS_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/SymbolTable.h"

namespace mlir::eke {

/// The applies of a module, by their blocks, and the weights that these bind.
class BoundWeights {
public:
  explicit BoundWeights(ModuleOp module);

  ArrayRef<ApplyOp> appliesOf(BlockOp block) const;

  /// The weights that `value` stands for: one, or of an argument of a block one for each
  /// apply, in their order. None if it is something else.
  SmallVector<StringAttr> symbolsOf(Value value) const;

  /// Erases those of a block's arguments for weights that satisfy `isErased` and that
  /// nothing uses, and what is bound to them.
  void eraseArguments(BlockOp block,
                      function_ref<bool(BlockArgument)> isErased) const;

private:
  DenseMap<Operation *, SmallVector<ApplyOp>> applies;
};

} // namespace mlir::eke

#endif // EKE_PASSES_FORMAT_BOUNDWEIGHTS_H
