//===- Regions.cpp - Which part of memory is accessed ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Regions.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke::profile {

void addBytes(Bytes &sum, const Bytes &bytes) {
  for (unsigned r = 0; r < regionCount; ++r)
    for (unsigned w = 0; w < 2; ++w)
      sum[r][w] += bytes[r][w];
}

static std::optional<size_t> findMemory(const CompiledProgram &program,
                                        uint64_t address) {
  for (auto [number, memory] : llvm::enumerate(program.memories))
    if (address - memory.address < memory.size)
      return number;
  return std::nullopt;
}

llvm::SmallVector<Region> listRegions(const CompiledProgram &program) {
  llvm::SmallVector<Region> regions;
  auto add = [&](RegionKind kind, uint64_t address, uint64_t bytes) {
    regions.push_back({kind, address, bytes, /*isMapped=*/false,
                       findMemory(program, address)});
  };
  for (const Symbol &image : program.weights)
    add(RegionKind::Weights, image.address, image.size);
  // A system maps them in this order.
  for (auto [kind, address, bytes] :
       {std::tuple(RegionKind::State, program.stateAddress, program.stateBytes),
        std::tuple(RegionKind::Arena, program.arenaAddress,
                   program.arenaBytes)})
    if (address)
      add(kind, address, bytes);
    else
      regions.push_back({kind, 0, bytes, /*isMapped=*/true, std::nullopt});
  for (const Symbol &memory : program.memories)
    add(RegionKind::Other, memory.address, memory.size);
  return regions;
}

} // namespace mlir::eke::profile
