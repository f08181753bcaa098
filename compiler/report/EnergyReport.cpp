//===- EnergyReport.cpp - What a model takes on a target ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/EnergyReport.h"

#include "dialects/eke/Counts.h"
#include "dialects/eke/Format.h"

#include "llvm/ADT/MapVector.h"

#include <cmath>

using llvm::createStringError;

namespace mlir::eke {
namespace {

/// What is executed over and over.
struct Workload {
  std::string unit;
  SmallVector<ModelOp> entries;
  std::optional<int64_t> position;
};

EntryAttr getEntry(ModelOp model) {
  return model->getAttrOfType<EntryAttr>(kEntryAttr);
}

std::string getNameWithRows(ModelOp model) {
  auto [name, rows] = getEntryName(model);
  return (name + "/" + Twine(rows)).str();
}

ModelOp findRole(ModuleOp module, StringRef role) {
  for (auto model : module.getOps<ModelOp>())
    if (EntryAttr entry = getEntry(model);
        entry && entry.getRoleText() == role && getEntryName(model).second == 1)
      return model;
  return {};
}

/// Decoding a token is a call of the trunk and one of the head.
std::optional<Workload> findDecoding(ModuleOp module,
                                     const ReportOptions &options) {
  auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr);
  ModelOp trunk = findRole(module, "trunk"), head = findRole(module, "head");
  if (!language || !trunk || !head)
    return std::nullopt;
  int64_t context = language.getContextLength();
  int64_t position = options.position.value_or(context / 2);
  return Workload{"token", {trunk, head}, std::min(position, context - 1)};
}

llvm::Expected<std::vector<Workload>>
findWorkloads(ModuleOp module, const ReportOptions &options) {
  std::vector<Workload> workloads;
  std::string names;
  if (options.entry.empty())
    if (std::optional<Workload> decoding = findDecoding(module, options))
      return std::vector<Workload>{*decoding};
  for (auto model : module.getOps<ModelOp>()) {
    std::string name = getNameWithRows(model);
    names += (names.empty() ? "" : ", ") + name;
    if (options.entry.empty() || options.entry == name ||
        options.entry == getEntryName(model).first)
      workloads.push_back({"call of " + name, {model}, options.position});
  }
  if (workloads.empty())
    return createStringError("the model has no entry '" + options.entry +
                             "'; expected one of " + names);
  return workloads;
}

/// Counts, prices and sums up.
class Reporter {
public:
  Reporter(ModuleOp module, TargetAttr target)
      : module(module), target(target), symbols(module), prices(target) {}

  EnergyReport run(const Workload &workload);

private:
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
};

void Reporter::describeModel(EnergyReport &report) {
  report.model = module.getName().value_or("model").str();
  report.target = target.getName().str();
  if (auto format = module->getAttrOfType<StorageAttr>(kWeightsFormatAttr))
    report.weights = format.getName().str();
  for (MemoryAttr memory : target.getMemories())
    report.memories.push_back(memory.getName().str());
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
  row.amounts = prices.getNothing();
  row.served.resize(target.getMemories().size());
  row.kind = access.kind;
  row.name = access.symbol ? access.symbol.str() : "other tensors";
  if (!access.symbol)
    return row;
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

void Reporter::addAccess(const Access &access, const Served &served,
                         int64_t times) {
  TensorRow &row = getRow(access);
  int64_t moved = access.read + access.written;
  row.read = addCounts(row.read, multiplyCounts(times, access.read));
  row.written = addCounts(row.written, multiplyCounts(times, access.written));
  addServed(row.served, served.first, moved);
  addServed(row.served, served.again, multiplyCounts(times - 1, moved));
  LayerTraffic alone{nullptr, "", times, {access}, {}};
  row.amounts += prices.measure(alone, served);
}

void Reporter::addLayer(EnergyReport &report, const LayerTraffic &layer,
                        ArrayRef<Served> served) {
  ReportRow row{layer.name, {}, {}, prices.measure(layer, served)};
  for (auto [sum, count] : llvm::zip_equal(row.macs, layer.macs))
    sum = multiplyCounts(layer.times, count);
  for (auto [access, memory] : llvm::zip_equal(layer.accesses, served)) {
    row.bytes[access.kind] =
        addCounts(row.bytes[access.kind],
                  multiplyCounts(layer.times, access.read + access.written));
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

EnergyReport Reporter::run(const Workload &workload) {
  EnergyReport report(prices);
  report.unit = workload.unit;
  report.position = workload.position;
  tensors.clear();
  describeModel(report);
  if (EntryAttr entry = getEntry(workload.entries.front());
      entry && entry.getEvery().nanoseconds)
    report.rate = 1e9 / entry.getEvery().nanoseconds;

  std::vector<LayerTraffic> layers;
  int64_t values = 0; // of the entries before
  for (ModelOp entry : workload.entries) {
    report.entries.push_back(getNameWithRows(entry));
    EntryTraffic traffic = countTraffic(entry, workload.position.value_or(0));
    int64_t most = 0;
    for (LayerTraffic &layer : traffic.layers) {
      for (Access &access : layer.accesses) {
        most = std::max(most, access.value + 1);
        access.value += values;
      }
      layers.push_back(std::move(layer));
    }
    values += most;
    for (Operation *op : traffic.unknown)
      report.unknown.push_back(describe(op));
  }
  for (auto [layer, served] :
       llvm::zip_equal(layers, findMemories(layers, target, symbols)))
    addLayer(report, layer, served);
  for (auto &[symbol, row] : tensors)
    report.tensors.push_back(std::move(row));
  return report;
}

} // namespace

llvm::Expected<std::vector<EnergyReport>>
reportEnergy(ModuleOp module, const ReportOptions &options) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  llvm::Expected<std::vector<Workload>> workloads =
      findWorkloads(module, options);
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

void addInstructions(MutableArrayRef<EnergyReport> reports, StringRef entry,
                     const std::array<double, kInstructionKinds> &counts) {
  for (EnergyReport &report : reports) {
    if (!llvm::is_contained(report.entries, entry))
      continue;
    if (!report.instructions)
      report.instructions.emplace();
    for (unsigned kind = 0; kind < kInstructionKinds; ++kind) {
      (*report.instructions)[kind] += counts[kind];
      report.prices.addInstructions(report.total, InstructionKind(kind),
                                    counts[kind]);
    }
  }
}

} // namespace mlir::eke
