//===- EnergyReport.cpp - What a model takes on a target ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/EnergyReport.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"
#include "dialects/eke/WeightParts.h"
#include "passes/energy/Alternatives.h"
#include "passes/energy/Workload.h"

#include "llvm/ADT/MapVector.h"

#include <cmath>

using llvm::createStringError;

namespace mlir::eke {
namespace {

/// Counts, prices and sums up.
class Reporter {
public:
  Reporter(ModuleOp module, TargetAttr target)
      : module(module), target(target), symbols(module), prices(target) {}

  EnergyReport run(const Workload &workload);

private:
  Amounts measure(ArrayRef<LayerTraffic> layers,
                  Homes homes = Homes::asPlaced());
  void addSavings(EnergyReport &report, ArrayRef<LayerTraffic> layers);
  void describeModel(EnergyReport &report);
  template <typename Op>
  void addPlaces(EnergyReport &report, Access::Kind kind);
  void addLayer(EnergyReport &report, const LayerTraffic &layer,
                ArrayRef<Served> served);
  void addAccess(const Access &access, const Served &served, int64_t times);
  TensorRow &getRow(const Access &access);

  ModuleOp module;
  TargetAttr target;
  SymbolTable symbols;
  PriceList prices;
  llvm::MapVector<Attribute, TensorRow> tensors;
  /// Of layers as they are written down.
  DenseMap<Operation *, unsigned> numbers;
};

void Reporter::describeModel(EnergyReport &report) {
  report.model = module.getName().value_or("model").str();
  report.target = target.getName().str();
  if (auto format = module->getAttrOfType<StorageAttr>(kWeightsFormatAttr))
    report.weights = format.getName().str();
  for (MemoryAttr memory : target.getMemories())
    report.memories.push_back({memory.getName().str(), memory.getKind(),
                               memory.getCapacity(), memory.getBandwidth()});
  report.clock = target.getClock();
  report.execution = target.getExecution();
  for (auto weight : module.getOps<WeightOp>()) {
    report.parameters += weight.getTensorType().getNumElements();
    report.weightBytes += getStoredBytes(weight.getTensorType());
  }
  for (auto state : module.getOps<StateOp>())
    report.stateBytes += getStoredBytes(state.getTensorType());
  addPlaces<WeightOp>(report, Access::Weight);
  addPlaces<StateOp>(report, Access::State);
}

template <typename Op>
void Reporter::addPlaces(EnergyReport &report, Access::Kind kind) {
  auto begin = report.places.size();
  for (auto op : module.getOps<Op>())
    if (PlaceAttr place = op.getPlaceAttr())
      report.places.push_back({op.getSymName().str(), place.getMemory().str(),
                               kind, place.getOffset(),
                               int64_t(getStoredBytes(op.getTensorType()))});
  std::stable_sort(report.places.begin() + begin, report.places.end(),
                   [](const PlacedTensor &a, const PlacedTensor &b) {
                     return std::tie(a.memory, a.offset) <
                            std::tie(b.memory, b.offset);
                   });
}

TensorRow &Reporter::getRow(const Access &access) {
  TensorRow &row = tensors[access.symbol];
  if (!row.amounts.empty())
    return row;
  row.amounts = row.computing = prices.getNothing();
  row.served.resize(target.getMemories().size());
  row.kind = access.kind;
  row.name = access.symbol ? access.symbol.str() : "other tensors";
  if (!access.symbol) {
    if (auto arena = module->getAttrOfType<StringAttr>(kArenaMemoryAttr))
      row.memory = arena.str();
    return row;
  }
  Operation *op = symbols.lookup(access.symbol);
  auto weight = dyn_cast<WeightOp>(op);
  auto type =
      weight ? weight.getTensorType() : cast<StateOp>(op).getTensorType();
  FormatAttr format = getFormat(type);
  llvm::raw_string_ostream os(row.format);
  if (format)
    os << format.getName().getValue();
  else
    os << type.getElementType();
  row.bytes = getStoredBytes(type);
  if (weight)
    for (const WeightPart &part : getParts(weight))
      row.parts.emplace_back(part.name,
                             double(part.elements) /
                                 std::max<int64_t>(type.getNumElements(), 1));
  if (auto place = op->getAttrOfType<PlaceAttr>("place"))
    row.memory = place.getMemory().str();
  return row;
}

/// Adds so many bytes to the memories, by parts; what rounding leaves is the farthest's.
void addServed(SmallVectorImpl<int64_t> &served, const ByMemory &parts,
               int64_t bytes) {
  constexpr double most = 0x1p62; // counts saturate
  int64_t left = bytes;
  unsigned farthest = 0;
  for (unsigned memory = 0; memory < parts.size(); ++memory) {
    if (parts[memory] <= 0)
      continue;
    farthest = memory;
    int64_t part = std::llround(std::min(parts[memory] * double(bytes), most));
    int64_t here = parts[memory] < 1 ? std::min(left, part) : left;
    served[memory] = addCounts(served[memory], here);
    left -= here;
  }
  served[farthest] = addCounts(served[farthest], left);
}

/// Adds that `bytes` were moved `times` times.
void addServed(SmallVectorImpl<int64_t> &sums, const Served &served,
               int64_t times, int64_t bytes) {
  addServed(sums, served.first, bytes);
  addServed(sums, served.again, multiplyCounts(times - 1, bytes));
}

void Reporter::addAccess(const Access &access, const Served &served,
                         int64_t times) {
  TensorRow &row = getRow(access);
  int64_t moved = access.read + access.written;
  row.read = addCounts(row.read, multiplyCounts(times, access.read));
  row.written = addCounts(row.written, multiplyCounts(times, access.written));
  addServed(row.served, served, times, moved);
  LayerTraffic alone{nullptr, "", times, {access}, {}};
  row.amounts += prices.measure(alone, served);
}

void Reporter::addLayer(EnergyReport &report, const LayerTraffic &layer,
                        ArrayRef<Served> served) {
  ReportRow row;
  row.name = layer.name;
  row.function = layer.op->getParentOfType<SymbolOpInterface>().getName();
  row.layer = getLayerKey(layer.op);
  if (row.layer.empty())
    row.layer = getLayerName(layer.op);
  row.number = numbers.try_emplace(layer.op, numbers.size()).first->second;
  row.times = layer.times;
  row.served.resize(target.getMemories().size());
  row.amounts = prices.measure(layer, served);
  for (auto [sum, count] : llvm::zip_equal(row.macs, layer.macs))
    sum = multiplyCounts(layer.times, count);
  for (auto [access, memory] : llvm::zip_equal(layer.accesses, served)) {
    int64_t moved = access.read + access.written;
    row.bytes[access.kind] =
        addCounts(row.bytes[access.kind], multiplyCounts(layer.times, moved));
    if (access.kind == Access::Weight)
      row.weights.push_back(access.symbol.str());
    addServed(row.served, memory, layer.times, moved);
    addAccess(access, memory, layer.times);
  }
  report.total += row.amounts;
  report.layers.push_back(std::move(row));
}

std::string describe(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op->getName() << " at " << op->getLoc();
  return text;
}

Amounts Reporter::measure(ArrayRef<LayerTraffic> layers, Homes homes) {
  Amounts sum = prices.getNothing();
  for (auto [layer, served] :
       llvm::zip_equal(layers, findMemories(layers, target, symbols, homes)))
    sum += prices.measure(layer, served);
  return sum;
}

int64_t countMacs(ArrayRef<LayerTraffic> layers) {
  int64_t sum = 0;
  for (const LayerTraffic &layer : layers)
    for (int64_t macs : layer.macs)
      sum = addCounts(sum, multiplyCounts(layer.times, macs));
  return sum;
}

/// Each property by itself: what one saves depends on what the others leave.
void Reporter::addSavings(EnergyReport &report, ArrayRef<LayerTraffic> layers) {
  int64_t stored = countStoredWeights(layers), computed = countMacs(layers);
  auto add = [&](StringRef property, const Alternative &without,
                 Homes homes = Homes::asPlaced()) {
    Saving saving{property.str(), without.weightBytes - stored,
                  without.moreParameters, countMacs(without.layers) - computed,
                  measure(without.layers, homes)};
    bool isNone = saving.weightBytes == 0;
    for (auto [amount, with] : llvm::zip_equal(saving.amounts, report.total)) {
      amount -= with;
      isNone &= amount == 0;
    }
    if (!isNone)
      report.savings.push_back(std::move(saving));
  };
  add("sharing", withoutSharing(layers, symbols));
  add("formats", withoutFormats(layers, symbols));
  add("folding", withoutFolding(layers, symbols));
  add("placement", {std::vector<LayerTraffic>(layers), stored},
      Homes::inMain());
}

EnergyReport Reporter::run(const Workload &workload) {
  EnergyReport report(prices);
  report.unit = workload.unit;
  report.position = workload.position;
  report.tokens = workload.tokens;
  tensors.clear();
  describeModel(report);
  report.rate = workload.getRate();
  for (ModelOp entry : workload.entries)
    report.entries.push_back(getNameWithRows(entry));
  SmallVector<Operation *> unknown;
  std::vector<LayerTraffic> layers = collectLayers(workload, unknown);
  for (Operation *op : unknown)
    if (std::string what = describe(op);
        !llvm::is_contained(report.unknown, what))
      report.unknown.push_back(std::move(what));
  for (auto [layer, served] :
       llvm::zip_equal(layers, findMemories(layers, target, symbols)))
    addLayer(report, layer, served);
  for (auto &[symbol, row] : tensors)
    report.tensors.push_back(std::move(row));
  // Copies of a model's parts are not told apart where several of its entries are called.
  if (!workload.tokens)
    addSavings(report, layers);
  return report;
}

} // namespace

llvm::Expected<std::vector<EnergyReport>>
reportEnergy(ModuleOp module, const ReportOptions &options) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  llvm::Expected<std::vector<Workload>> workloads =
      findWorkloads(module, options.entry, options.position);
  if (!workloads)
    return workloads.takeError();
  Reporter reporter(module, target);
  std::vector<EnergyReport> reports;
  for (const Workload &workload : *workloads)
    reports.push_back(reporter.run(workload));
  return reports;
}

std::vector<std::pair<std::string, Figure>> sumByCause(const PriceList &prices,
                                                       const Amounts &amounts) {
  std::vector<std::pair<std::string, Figure>> causes;
  for (auto [price, amount] : llvm::zip_equal(prices.getPrices(), amounts)) {
    if (amount == 0 || !price.figure.isKnown())
      continue;
    if (causes.empty() || causes.back().first != price.cause)
      causes.emplace_back(price.cause, Figure());
    causes.back().second = causes.back().second + price.figure * amount;
  }
  return causes;
}

} // namespace mlir::eke
