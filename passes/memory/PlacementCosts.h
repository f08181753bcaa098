//===- PlacementCosts.h - What tensors cost in each memory ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each tensor is priced in each memory as if all others were there, too: what a cache in
// front of the memory keeps of one depends on the others.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_PLACEMENTCOSTS_H
#define EKE_PASSES_MEMORY_PLACEMENTCOSTS_H

#include "passes/energy/EnergyModel.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// The numbers of a target's memories that have places.
SmallVector<unsigned> listHomes(TargetAttr target);

/// Of these, those of which the profile says what reading a byte costs.
SmallVector<unsigned> listPricedHomes(TargetAttr target);

/// Is there more than one memory to choose from, by what the profile says?
bool hasChoiceOfHomes(TargetAttr target);

/// Picojoules by number of memory: in a second if entries say how often they are called, or
/// else for one call of each.
struct PlacementCosts {
  /// Of weights and states that are used.
  DenseMap<Attribute, ByMemory> tensors;
  /// Of all others together, and the bytes that they take.
  ByMemory values;
  int64_t valueBytes = 0;
  /// Of a byte that is read or written once.
  ByMemory read, written;
  /// How often the entry is called that is called most often, in that time.
  double calls = 1;

  /// What the tensor of that name costs; nothing if it is not used.
  ByMemory getCosts(StringAttr symbol) const;
};

/// Fails if the module has no entries.
llvm::Expected<PlacementCosts> measurePlacement(ModuleOp module,
                                                TargetAttr target);

} // namespace mlir::eke

#endif // EKE_PASSES_MEMORY_PLACEMENTCOSTS_H
