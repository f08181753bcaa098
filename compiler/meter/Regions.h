//===- Regions.h - Which part of memory is accessed -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_REGIONS_H
#define EKE_COMPILER_METER_REGIONS_H

#include "compiler/meter/CompiledProgram.h"

#include "llvm/ADT/SmallVector.h"

#include <array>
#include <optional>

namespace mlir::eke::profile {

/// What lies in memory: weights, states, the arena, and all the rest.
enum class RegionKind : unsigned { Weights, State, Arena, Other };
constexpr unsigned regionCount = 4;

/// Bytes of each kind, read and written.
using Bytes = std::array<std::array<uint64_t, 2>, regionCount>;
void addBytes(Bytes &sum, const Bytes &bytes);

/// A part of memory whose accesses are counted on their own. Of several that have an
/// address, it is the first one's.
struct Region {
  RegionKind kind = RegionKind::Other;
  uint64_t address = 0, bytes = 0;
  /// It has no address yet: the program maps it when it starts.
  bool isMapped = false;
  /// Which of the program's memories it lies in, if they are known.
  std::optional<size_t> memory;
};

/// The regions of `program`: the weights of each memory, the states, the arena, and what
/// else there is in each memory of a board.
llvm::SmallVector<Region> listRegions(const CompiledProgram &program);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_REGIONS_H
