//===- MemoryUse.cpp - What a program takes of each memory ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/MemoryUse.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"

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
  int64_t end = 0;
  for (OpT op : ops) {
    int64_t offset = op.getPlace()->getOffset();
    if (offset > end)
      tenants.push_back({kind, "(nothing)", offset - end});
    int64_t bytes = getPacked(op.getTensorType()).bytes;
    tenants.push_back({kind, op.getSymName().str(), bytes});
    end = addCounts(offset, bytes);
  }
}

/// What memories that forget are loaded with at start, in the first that is only read.
static void addLoaded(std::vector<MemoryUse> &uses) {
  auto keeper = llvm::find_if(
      uses, [](const MemoryUse &use) { return use.kind == MemoryKind::Rom; });
  if (keeper == uses.end())
    return;
  for (const MemoryUse &use : uses) {
    if (use.kind != MemoryKind::Ram)
      continue;
    for (const Tenant &tenant : use.tenants)
      if (tenant.kind == Tenant::Weight)
        keeper->tenants.push_back({Tenant::Weight,
                                   tenant.name + ", copied to " + use.name,
                                   tenant.bytes});
  }
}

std::vector<MemoryUse> measureMemories(ModuleOp module) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  auto arenaBytes = module->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
  auto chosen = module->getAttrOfType<StringAttr>(kArenaMemoryAttr);
  StringRef arenaMemory =
      chosen ? chosen.getValue() : target.getWrittenMemory();
  std::vector<MemoryUse> uses;
  for (MemoryAttr memory : target.getMemories()) {
    if (memory.getKind() == MemoryKind::Cache)
      continue;
    StringRef name = memory.getName().getValue();
    MemoryUse &use = uses.emplace_back();
    use.name = name.str();
    use.kind = memory.getKind();
    use.capacity = memory.getCapacity();
    addTensors<WeightOp>(module, name, Tenant::Weight, use.tenants);
    addTensors<StateOp>(module, name, Tenant::State, use.tenants);
    if (name == arenaMemory && arenaBytes && arenaBytes.getInt())
      use.tenants.push_back({Tenant::Arena, "the arena", arenaBytes.getInt()});
    if (name == target.getWrittenMemory() && target.getStack())
      use.tenants.push_back({Tenant::Stack, "the stack", target.getStack()});
  }
  addLoaded(uses);
  return uses;
}

} // namespace mlir::eke
