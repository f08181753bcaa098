//===- Residency.h - Which memory serves a read -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cache that keeps what was used last has a tensor if no more than its capacity was
// used since, the tensor itself included (its reuse distance):
//
//   read @a (3 MB)   read @b (1 MB)   read @a      4 MB were used since: from DRAM with
//                                                  2 MB of cache, from a cache of 8 MB
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_RESIDENCY_H
#define EKE_PASSES_ENERGY_RESIDENCY_H

#include "passes/energy/EntryTraffic.h"

namespace mlir::eke {

/// The memories that serve one access, by their numbers in the target's list: the first time
/// that an op is executed, and each further time in a row.
struct Served {
  unsigned first, again;
};

/// Which memory serves each access of `layers`, which are executed over and over in this
/// order. Caches are those of one core, and count as if a line could lie anywhere in them.
/// Weights and states lie in their `place`s, or else, as if they had none, in the main memory.
std::vector<SmallVector<Served, 4>> findMemories(ArrayRef<LayerTraffic> layers,
                                                 TargetAttr target,
                                                 SymbolTable &symbols,
                                                 bool asksPlaces = true);

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_RESIDENCY_H
