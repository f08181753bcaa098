//===- Mutator.h - Small random changes to a module -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_FUZZ_MODULES_MUTATOR_H
#define EKE_TEST_FUZZ_MODULES_MUTATOR_H

#include "test/fuzz/modules/Random.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::eke::test {

/// Attributes by their kind, from which others of the same kind are taken.
class AttributePool {
public:
  /// Adds all attributes of `op` and of the ops in it, and what they consist of.
  void add(Operation *op);

  /// One of the kind of `attribute`, or itself.
  Attribute pickLike(Attribute attribute, Random &random) const;

private:
  void add(Attribute attribute);

  DenseMap<TypeID, SetVector<Attribute>> byKind;
};

/// `attribute` with a small change, or another of its kind.
Attribute changeAttribute(Attribute attribute, const AttributePool &pool,
                          Random &random);

/// Changes an extent or an element type wherever the module has it.
void changeTypes(ModuleOp module, Random &random);

/// Moves, copies, erases or rewires ops of a block.
void changeOps(ModuleOp module, Random &random);

/// Copies or erases what the module consists of; `other` may lend something.
void changeSymbols(ModuleOp module, ModuleOp other, Random &random);

/// Changes modules, with what the seeds consist of.
class Mutator {
public:
  explicit Mutator(ArrayRef<ModuleOp> seeds, ArrayRef<Attribute> targets);

  /// A valid module, made of one of the seeds; null if none was found.
  OwningOpRef<ModuleOp> makeMutant(uint64_t seed) const;

private:
  void change(ModuleOp module, Random &random) const;
  void decide(ModuleOp module, Random &random) const;

  SmallVector<ModuleOp> seeds;
  SmallVector<Attribute> targets;
  AttributePool pool;
};

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_MODULES_MUTATOR_H
