//===- MutateSymbols.cpp - Other parts of a module ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/modules/Mutator.h"

#include "mlir/IR/SymbolTable.h"

namespace mlir::eke::test {

/// Copies `op` to the end of `module`; a symbol gets a name that is free.
static void append(ModuleOp module, Operation *op) {
  Operation *copy = op->clone();
  if (isa<SymbolOpInterface>(copy)) {
    SymbolTable(module).insert(copy);
    return;
  }
  module.push_back(copy);
}

void changeSymbols(ModuleOp module, ModuleOp other, Random &random) {
  SmallVector<Operation *> parts, others;
  for (Operation &op : *module.getBody())
    parts.push_back(&op);
  for (Operation &op : *other.getBody())
    others.push_back(&op);
  switch (random.below(4)) {
  case 0:
    if (!parts.empty())
      random.pick(parts)->erase();
    return;
  case 1:
    if (!parts.empty())
      append(module, random.pick(parts));
    return;
  case 2:
    if (parts.size() > 1) // what an op means must not depend on its place
      random.pick(parts)->moveBefore(module.getBody(),
                                     module.getBody()->begin());
    return;
  default:
    // All of it, or symbols would be missing.
    for (Operation *op : others)
      append(module, op);
  }
}

} // namespace mlir::eke::test
