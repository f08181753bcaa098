//===- PlacementCosts.cpp - What tensors cost in each memory --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/PlacementCosts.h"

#include "passes/energy/Workload.h"
#include "passes/memory/ArenaPlanner.h"

namespace mlir::eke {

SmallVector<unsigned> listHomes(TargetAttr target) {
  SmallVector<unsigned> homes;
  for (auto [number, memory] : llvm::enumerate(target.getMemories()))
    if (memory.getKind() != MemoryKind::Cache)
      homes.push_back(number);
  return homes;
}

SmallVector<unsigned> listPricedHomes(TargetAttr target) {
  PriceList prices(target);
  return llvm::filter_to_vector(listHomes(target), [&](unsigned home) {
    return prices.knowsReads(home);
  });
}

bool hasChoiceOfHomes(TargetAttr target) {
  bool isWritten = llvm::any_of(target.getMemories(), [](MemoryAttr memory) {
    return memory.getKind() == MemoryKind::Ram;
  });
  return isWritten && listPricedHomes(target).size() > 1;
}

ByMemory PlacementCosts::getCosts(StringAttr symbol) const {
  auto found = tensors.find(symbol);
  return found == tensors.end() ? ByMemory(values.size(), 0.0) : found->second;
}

namespace {

class PlacementMeter {
public:
  PlacementMeter(ModuleOp module, TargetAttr target)
      : target(target), symbols(module), prices(target),
        count(target.getMemories().size()) {
    costs.values.assign(count, 0.0);
    priceBytes();
  }

  void add(ArrayRef<LayerTraffic> layers, double rate);
  PlacementCosts take() { return std::move(costs); }

private:
  void priceBytes();
  void add(unsigned memory, ArrayRef<LayerTraffic> layers, double rate);
  int64_t countValueBytes(ArrayRef<LayerTraffic> layers);

  TargetAttr target;
  SymbolTable symbols;
  PriceList prices;
  size_t count;
  PlacementCosts costs;
};

/// Picojoules of what the core moves once, without caches.
void PlacementMeter::priceBytes() {
  for (unsigned memory = 0; memory < count; ++memory) {
    Served served;
    served.first.assign(count, 0.0);
    served.first[memory] = 1;
    served.again = served.writtenBack = ByMemory(count, 0.0);
    auto price = [&](int64_t read, int64_t written) {
      Access access{Access::Weight, {}, 0, 1, read, written};
      LayerTraffic layer{nullptr, "", 1, {access}, {}};
      return prices.sum(prices.measure(layer, served)).nominal;
    };
    costs.read.push_back(price(1, 0));
    costs.written.push_back(price(0, 1));
  }
}

void PlacementMeter::add(unsigned memory, ArrayRef<LayerTraffic> layers,
                         double rate) {
  auto served = findMemories(layers, target, symbols, Homes::allIn(memory));
  for (auto [layer, ofLayer] : llvm::zip_equal(layers, served))
    for (auto [access, by] : llvm::zip_equal(layer.accesses, ofLayer)) {
      LayerTraffic alone{nullptr, "", layer.times, {access}, {}};
      double energy = rate * prices.sum(prices.measure(alone, by)).nominal;
      if (!access.symbol) {
        costs.values[memory] += energy;
        continue;
      }
      ByMemory &tensor = costs.tensors[access.symbol];
      tensor.resize(count, 0.0);
      tensor[memory] += energy;
    }
}

/// The bytes of an arena in which values live from their first to their last use, as far
/// as layers have some: lowering adds others.
int64_t PlacementMeter::countValueBytes(ArrayRef<LayerTraffic> layers) {
  llvm::MapVector<int64_t, ArenaBuffer> buffers;
  for (auto [number, layer] : llvm::enumerate(layers))
    for (const Access &access : layer.accesses)
      if (access.kind == Access::Value) {
        int64_t at = number;
        ArenaBuffer &buffer =
            buffers.try_emplace(access.value, ArenaBuffer{0, at, at})
                .first->second;
        buffer.size = std::max(buffer.size, access.bytes);
        buffer.end = at + 1;
      }
  std::vector<ArenaBuffer> list;
  for (const auto &buffer : buffers)
    list.push_back(buffer.second);
  return planArena(list).bytes;
}

void PlacementMeter::add(ArrayRef<LayerTraffic> layers, double rate) {
  for (unsigned home : listHomes(target))
    add(home, layers, rate);
  costs.calls = std::max(costs.calls, rate);
  costs.valueBytes = std::max(costs.valueBytes, countValueBytes(layers));
}

} // namespace

llvm::Expected<PlacementCosts> measurePlacement(ModuleOp module,
                                                TargetAttr target) {
  auto workloads = findWorkloads(module, "", std::nullopt);
  if (!workloads)
    return workloads.takeError();
  // Decoding is the first workload; a model that drafts verifies instead, all the time.
  ArrayRef<Workload> list = *workloads;
  if (list.back().tokens)
    list = list.take_back();
  PlacementMeter meter(module, target);
  for (const Workload &workload : list) {
    SmallVector<Operation *> unknown;
    meter.add(collectLayers(workload, unknown), workload.getRate().value_or(1));
  }
  return meter.take();
}

} // namespace mlir::eke
