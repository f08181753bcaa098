//===- Residency.h - Which memory serves a read -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cache that keeps what was used last has a tensor if there was room in its sets for
// what was used since, the tensor itself included (its reuse distance):
//
//   read @a (3 MB)   read @b (1 MB)   read @a      4 MB were used since: from DRAM with
//                                                  2 MB of cache, from a cache of 8 MB
//
// Which sets a tensor is in follows from its place. What is written stays in the nearest
// cache until there is no room for it any more, and then goes on.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_ENERGY_RESIDENCY_H
#define EKE_PASSES_ENERGY_RESIDENCY_H

#include "passes/energy/Memories.h"

namespace mlir::eke {

/// The memories that serve one access.
struct Served {
  /// The parts that they serve, which add up to 1: the first time that the op is executed,
  /// and each further time in a row.
  ByMemory first, again;
  /// The bytes that caches write back to them, of all times.
  ByMemory writtenBack;
};

/// Which memory serves each access of `layers`, which are executed over and over in this
/// order. Caches are those of one core.
std::vector<SmallVector<Served, 4>>
findMemories(ArrayRef<LayerTraffic> layers, TargetAttr target,
             SymbolTable &symbols, Homes homes = Homes::asPlaced());

} // namespace mlir::eke

#endif // EKE_PASSES_ENERGY_RESIDENCY_H
