//===- MemoryUse.h - What a program takes of each memory --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_MEMORYUSE_H
#define EKE_COMPILER_PIPELINE_MEMORYUSE_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace mlir::eke {

/// What lies in a memory: a weight, a state, the arena or the stack.
struct Tenant {
  enum Kind { Weight, State, Arena, Stack };
  Kind kind;
  std::string name;
  int64_t bytes;
};

/// What a program takes of one memory, code aside.
struct MemoryUse {
  std::string name;
  MemoryKind kind = MemoryKind::Ram;
  /// Bytes that there are; 0 where the device decides.
  int64_t capacity = 0;
  /// In the order in which they lie there.
  std::vector<Tenant> tenants;

  int64_t getBytes() const;
  int64_t getBytes(Tenant::Kind kind) const;
  bool fits() const { return capacity == 0 || getBytes() <= capacity; }
  /// The first that is not in the memory as a whole, if one is not, and how many bytes of
  /// it are behind the end.
  std::optional<std::pair<Tenant, int64_t>> findFirstOutside() const;
};

/// What `module`, which has been through the phase `buffers`, takes of each memory of its
/// target that is no cache.
std::vector<MemoryUse> measureMemories(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_MEMORYUSE_H
