//===- MemoryUse.cpp - What a program takes of each memory ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/MemoryUse.h"

#include "dialects/eke/Format.h"

namespace mlir::eke {

int64_t MemoryUse::getBytes() const {
  int64_t bytes = 0;
  for (const Tenant &tenant : tenants)
    bytes += tenant.bytes;
  return bytes;
}

int64_t MemoryUse::getBytes(Tenant::Kind kind) const {
  int64_t bytes = 0;
  for (const Tenant &tenant : tenants)
    bytes += tenant.kind == kind ? tenant.bytes : 0;
  return bytes;
}

std::optional<std::pair<Tenant, int64_t>> MemoryUse::findFirstOutside() const {
  int64_t end = 0;
  for (const Tenant &tenant : tenants) {
    end += tenant.bytes;
    if (capacity != 0 && end > capacity)
      return std::pair(tenant, std::min(tenant.bytes, end - capacity));
  }
  return std::nullopt;
}

/// The tensors of one kind by their places.
template <typename OpT>
static void addTensors(ModuleOp module, StringRef memory, Tenant::Kind kind,
                       std::vector<Tenant> &tenants) {
  SmallVector<OpT> ops;
  for (OpT op : module.getOps<OpT>())
    if (op.getPlace() && op.getPlace()->getMemory() == memory)
      ops.push_back(op);
  llvm::stable_sort(ops, [](OpT a, OpT b) {
    return a.getPlace()->getOffset() < b.getPlace()->getOffset();
  });
  for (OpT op : ops)
    tenants.push_back(
        {kind, op.getSymName().str(), getPacked(op.getTensorType()).bytes});
}

std::vector<MemoryUse> measureMemories(ModuleOp module) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  std::vector<MemoryUse> uses;
  for (MemoryAttr memory : target.getMemories()) {
    if (memory.getKind() == MemoryKind::Cache)
      continue;
    StringRef name = memory.getName().getValue();
    MemoryUse &use = uses.emplace_back();
    use.name = name.str();
    use.capacity = memory.getCapacity();
    addTensors<WeightOp>(module, name, Tenant::Weight, use.tenants);
    addTensors<StateOp>(module, name, Tenant::State, use.tenants);
    if (name != target.getWrittenMemory())
      continue;
    if (auto bytes = module->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
        bytes && bytes.getInt())
      use.tenants.push_back({Tenant::Arena, "the arena", bytes.getInt()});
    if (target.getStack())
      use.tenants.push_back({Tenant::Stack, "the stack", target.getStack()});
  }
  return uses;
}

} // namespace mlir::eke
