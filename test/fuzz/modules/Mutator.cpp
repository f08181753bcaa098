//===- Mutator.cpp - Small random changes to a module ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/modules/Mutator.h"

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

namespace mlir::eke::test {

Mutator::Mutator(ArrayRef<ModuleOp> seeds, ArrayRef<Attribute> targets)
    : seeds(seeds), targets(targets) {
  for (ModuleOp seed : seeds)
    pool.add(seed);
}

OwningOpRef<ModuleOp> Mutator::makeMutant(uint64_t seed) const {
  constexpr unsigned tries = 16, mostChanges = 4;
  Random random(seed);
  ModuleOp parent = random.pick(seeds);
  // Most changes break something, which the verifier says.
  ScopedDiagnosticHandler silence(parent.getContext(),
                                  [](Diagnostic &) { return success(); });
  for (unsigned i = 0; i < tries; ++i) {
    OwningOpRef<ModuleOp> mutant = parent.clone();
    for (size_t left = 1 + random.below(mostChanges); left > 0; --left)
      change(*mutant, random);
    decide(*mutant, random);
    if (succeeded(verify(*mutant)))
      return mutant;
  }
  return nullptr;
}

/// Changes an attribute of an op.
static void changeAttributes(ModuleOp module, const AttributePool &pool,
                             Random &random) {
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (!op->getAttrDictionary().empty())
      ops.push_back(op);
  });
  if (ops.empty())
    return;
  Operation *op = random.pick(ops);
  ArrayRef<NamedAttribute> attributes = op->getAttrDictionary().getValue();
  NamedAttribute chosen = random.pick(attributes);
  // Sizes of groups of operands are no one's to write, and upstream's verifiers read
  // operands by them.
  if (chosen.getName().getValue().ends_with("SegmentSizes"))
    return;
  // Some are left out, and of those that have to be there the verifier knows.
  if (random.oneIn(16))
    op->removeAttr(chosen.getName());
  else
    op->setAttr(chosen.getName(),
                changeAttribute(chosen.getValue(), pool, random));
  // As the parser does.
  if (op->getPropertiesStorage())
    op->getName().getRegisteredInfo()->populateDefaultProperties(
        op->getPropertiesStorage());
}

void Mutator::change(ModuleOp module, Random &random) const {
  switch (random.below(8)) {
  case 0:
  case 1:
  case 2:
    return changeAttributes(module, pool, random);
  case 3:
  case 4:
    return changeTypes(module, random);
  case 5:
  case 6:
    return changeOps(module, random);
  default:
    return changeSymbols(module, random.pick(seeds), random);
  }
}

/// What a command line decides, where the module does not say it.
void Mutator::decide(ModuleOp module, Random &random) const {
  static constexpr StringLiteral formats[] = {"f32", "f16", "i8",  "i8g",
                                              "i4",  "i4m", "keep"};
  Builder b(module.getContext());
  auto set = [&](StringRef name, Attribute value) {
    if (!module->hasAttr(name))
      module->setAttr(name, value);
  };
  set(kTargetAttr, random.pick(targets));
  set(kWeightsFormatAttr,
      StorageAttr::get(b.getContext(), b.getStringAttr(random.pick(formats))));
  if (random.oneIn(2))
    set(kCachesFormatAttr,
        TypeAttr::get(random.oneIn(2) ? b.getF16Type() : b.getF32Type()));
}

} // namespace mlir::eke::test
