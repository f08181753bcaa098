//===- Bindings.h - The values that weights and states are ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_FORMAT_BINDINGS_H
#define EKE_PASSES_FORMAT_BINDINGS_H

#include "dialects/eke/EkeDialect.h"

#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke {

/// The values that a weight or state is: what `eke.use` and `eke.read` give, arguments
/// of blocks, the new values of a state. An argument has one type, and so have all
/// values of a state: what is bound together changes together.
class Bindings {
public:
  explicit Bindings(ModuleOp module);

  /// The values that are bound together with the weight or state `symbol`.
  ArrayRef<Value> valuesOf(StringAttr symbol) const;

  /// The symbols bound together with a value that is not `accepted`.
  DenseSet<StringAttr> findRefused(function_ref<bool(Value)> accepted) const;

private:
  unsigned numberOf(Value value);
  void bind(Value a, Value b);
  void bind(StringAttr symbol, Value value);
  void bindAll(ValueRange a, ValueRange b);
  void bindApply(ApplyOp apply, BlockOp block);

  llvm::MapVector<Value, unsigned> numbers;
  llvm::IntEqClasses classes;
  llvm::MapVector<StringAttr, Value> firstValue;
  /// By the number that leads a class.
  DenseMap<unsigned, SmallVector<Value>> members;
};

/// Gives every block the type that its arguments and results have by now.
void updateBlockTypes(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_PASSES_FORMAT_BINDINGS_H
