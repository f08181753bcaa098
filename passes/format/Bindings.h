//===- Bindings.h - Through which values symbols are used -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_BINDINGS_H
#define EKE_PASSES_FORMAT_BINDINGS_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// A weight or state reaches its users through `eke.use` or as an argument of a
/// block. An argument has one type, so what is bound to it changes together.
class Bindings {
public:
  explicit Bindings(ModuleOp module);

  /// The values that stand for a weight or state.
  ArrayRef<Value> valuesOf(StringAttr symbol) const;

  /// The symbols with a value that is not `accepted`, and those that share an
  /// argument with one of these, over any number of blocks.
  DenseSet<StringAttr> findRefused(function_ref<bool(Value)> accepted) const;

private:
  void bind(StringAttr symbol, Value value);

  llvm::MapVector<StringAttr, SmallVector<Value>> values;
  DenseMap<Value, SmallVector<StringAttr>> symbols;
};

/// Gives every block the type that its arguments have by now.
void updateBlockTypes(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_PASSES_FORMAT_BINDINGS_H
