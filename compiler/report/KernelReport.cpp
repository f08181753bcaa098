//===- KernelReport.cpp - What kernels execute, and how long --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Traffic is known of layers, code of pipelines. A layer may become several pipelines,
// and a pipeline may compute several layers, so what has anything in common is one row:
//
//   layers      norm     qkv        attention       up    glu
//                  \    /   \      /    |    \        \  /
//   pipelines  qkv.quantize  dot  part  sum  context   up.dot
//
//===----------------------------------------------------------------------===//

#include "compiler/report/EnergyReport.h"
#include "dialects/eke/Counts.h"
#include "passes/energy/EntryTraffic.h"
#include "passes/pipelines/KernelNames.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::eke {

/// Does it compute something of a layer? What only fills a tensor may serve several layers,
/// of which it has the name of one.
static bool computes(Operation *op) {
  auto stage = dyn_cast<linalg::LinalgOp>(op);
  return stage && llvm::any_of(stage.getDpsInputs(), [](Value input) {
           return isa<ShapedType>(input.getType());
         });
}

std::vector<PipelineLayers> listPipelineLayers(ModuleOp module) {
  std::vector<PipelineLayers> list;
  module.walk([&](halide::PipelineOp pipeline) {
    auto function = pipeline->getParentOfType<SymbolOpInterface>();
    PipelineLayers &layers = list.emplace_back(
        PipelineLayers{getCallLabel(pipeline), function.getName().str(), {}});
    pipeline->walk([&](Operation *op) {
      std::string key = getLayerKey(op);
      if (computes(op) && !key.empty() &&
          !llvm::is_contained(layers.layers, key))
        layers.layers.push_back(std::move(key));
    });
  });
  return list;
}

namespace {

bool multiplies(const ReportRow &row) {
  return llvm::any_of(row.macs, [](int64_t macs) { return macs; });
}

/// The code of calls of entries, by pipeline.
using CodeMap = llvm::StringMap<std::pair<double, CodeCounts>>;

/// Makes the rows of one report.
class KernelTable {
public:
  KernelTable(const EnergyReport &report, ArrayRef<PipelineLayers> pipelines,
              CodeMap code)
      : report(report), code(std::move(code)) {
    for (const PipelineLayers &pipeline : pipelines)
      if (this->code.contains(pipeline.name))
        groups.push_back({{}, {&pipeline}, std::nullopt});
    for (const ReportRow &row : report.layers)
      addLayer(row);
    for (unsigned number = 0; number < groups.size(); ++number)
      addToLayers(number);
  }

  std::vector<KernelRow> take();

private:
  /// A row that is being made: `joined` is the number of one that it is part of.
  struct Group {
    SmallVector<const ReportRow *> layers;
    SmallVector<const PipelineLayers *> pipelines;
    std::optional<unsigned> joined;
  };

  void addLayer(const ReportRow &row);
  void addToLayers(unsigned number);
  SmallVector<unsigned> findPipelines(const ReportRow &row) const;
  unsigned findGroup(unsigned number) const;
  unsigned join(unsigned a, unsigned b);
  std::string getName(const Group &group) const;
  void addWeights(KernelRow &row, const Group &group) const;
  KernelRow makeRow(const Group &group);

  const EnergyReport &report;
  CodeMap code;
  /// First one for each pipeline, in their order, then one for each layer without any.
  std::vector<Group> groups;
  /// By number of a layer: its group.
  llvm::DenseMap<unsigned, unsigned> groupOf;
  /// How many layers that multiply nothing have a name so far, by function and name.
  llvm::StringMap<unsigned> counts;
};

unsigned KernelTable::findGroup(unsigned number) const {
  while (groups[number].joined)
    number = *groups[number].joined;
  return number;
}

/// Returns the number of the group that both are then.
unsigned KernelTable::join(unsigned a, unsigned b) {
  auto [into, from] = std::minmax({findGroup(a), findGroup(b)});
  if (into == from)
    return into;
  groups[into].layers.append(groups[from].layers);
  groups[into].pipelines.append(groups[from].pipelines);
  groups[from] = {{}, {}, into};
  return into;
}

/// The numbers of the pipelines that compute parts of a layer of this name.
SmallVector<unsigned> KernelTable::findPipelines(const ReportRow &row) const {
  SmallVector<unsigned> found;
  for (auto [number, group] : llvm::enumerate(groups))
    for (const PipelineLayers *pipeline : group.pipelines)
      if (pipeline->function == row.function &&
          llvm::is_contained(pipeline->layers, row.layer))
        found.push_back(number);
  return found;
}

/// What multiplies makes one row of all pipelines that it is in. Of what does not, several
/// layers may have one name, such as additions of a residual: they are in pipelines in turn.
void KernelTable::addLayer(const ReportRow &row) {
  auto known = groupOf.find(row.number);
  if (known != groupOf.end()) {
    groups[findGroup(known->second)].layers.push_back(&row);
    return;
  }
  SmallVector<unsigned> pipelines = findPipelines(row);
  unsigned group = groups.size();
  if (pipelines.empty()) {
    groups.emplace_back();
  } else if (multiplies(row)) {
    group = pipelines.front();
    for (unsigned other : pipelines)
      group = join(group, other);
  } else {
    unsigned turn = counts[row.function + "." + row.layer]++;
    group = findGroup(pipelines[std::min<size_t>(turn, pipelines.size() - 1)]);
  }
  groupOf[row.number] = group;
  groups[group].layers.push_back(&row);
}

/// A pipeline that no layer chose is part of the row that has one of its layers.
void KernelTable::addToLayers(unsigned number) {
  if (groups[number].joined || !groups[number].layers.empty() ||
      groups[number].pipelines.empty())
    return;
  const PipelineLayers &pipeline = *groups[number].pipelines.front();
  for (const ReportRow &row : report.layers)
    if (row.function == pipeline.function &&
        llvm::is_contained(pipeline.layers, row.layer)) {
      join(number, groupOf.lookup(row.number));
      return;
    }
}

std::string KernelTable::getName(const Group &group) const {
  if (group.layers.empty())
    return group.pipelines.front()->name;
  bool any = llvm::any_of(
      group.layers, [](const ReportRow *row) { return multiplies(*row); });
  llvm::SetVector<StringRef> names;
  for (const ReportRow *row : group.layers)
    if (!any || multiplies(*row))
      names.insert(row->layer);
  return group.layers.front()->function + "." +
         llvm::join(names.getArrayRef(), "+");
}

/// A layer's multiply-adds are with the weight that it reads first; what others it reads, such
/// as a bias, are added.
void KernelTable::addWeights(KernelRow &row, const Group &group) const {
  llvm::MapVector<StringRef, double> macs;
  double all = 0;
  for (const ReportRow *layer : group.layers)
    for (int64_t count : layer->macs) {
      if (!layer->weights.empty())
        macs[layer->weights.front()] += count;
      all += count;
    }
  for (auto [weight, count] : macs)
    if (count > 0)
      row.weights.emplace_back(weight, count / all);
}

KernelRow KernelTable::makeRow(const Group &group) {
  KernelRow row;
  row.name = getName(group);
  row.served.resize(report.memories.size());
  row.amounts = row.computing = report.prices.getNothing();
  addWeights(row, group);
  for (const ReportRow *layer : group.layers) {
    row.amounts += layer->amounts;
    for (auto [sum, macs] : llvm::zip_equal(row.macs, layer->macs))
      sum = addCounts(sum, macs);
    for (auto [sum, bytes] : llvm::zip_equal(row.served, layer->served))
      sum = addCounts(sum, bytes);
  }
  for (const PipelineLayers *pipeline : group.pipelines) {
    auto found = code.find(pipeline->name);
    if (found == code.end()) // Labels spell another pipeline's name alike.
      continue;
    row.times = std::max(row.times, found->second.first);
    row.code.add(found->second.second);
    code.erase(found);
  }
  return row;
}

std::vector<KernelRow> KernelTable::take() {
  std::vector<KernelRow> rows;
  for (const Group &group : groups)
    if (!group.joined && (!group.layers.empty() || !group.pipelines.empty()))
      rows.push_back(makeRow(group));
  // Loops between kernels, and what is prepared for these.
  KernelRow rest;
  rest.name = "between kernels";
  rest.times = 1;
  rest.served.resize(report.memories.size());
  rest.amounts = rest.computing = report.prices.getNothing();
  for (auto &entry : code)
    rest.code.add(entry.second.second);
  rows.push_back(std::move(rest));
  return rows;
}

/// What the calls of entries that a report is on execute.
CodeMap collectCode(const EnergyReport &report,
                    ArrayRef<InstructionCounts> entries) {
  CodeMap code;
  for (StringRef called : report.entries)
    for (const InstructionCounts &entry : entries) {
      if (called != entry.name + "/" + std::to_string(entry.rows))
        continue;
      for (const PipelineCounts &pipeline : entry.pipelines) {
        auto &[times, counts] = code[pipeline.name];
        times += pipeline.times;
        counts.add(pipeline.code);
      }
    }
  return code;
}

/// Adds the time that rows take, and what a device takes at rest meanwhile.
void addRowTimes(EnergyReport &report, TargetAttr target) {
  TimeModel model(target);
  if (!model.isKnown() || !target.getCycleCpu())
    return;
  double seconds = 0;
  for (KernelRow &row : report.kernels) {
    row.time =
        model.estimate(row.code.cycles, SmallVector<double>(row.served.begin(),
                                                            row.served.end()));
    report.prices.addTime(row.computing, row.time.total);
    seconds += row.time.total;
  }
  report.prices.addTime(report.total, seconds);
  report.seconds = model.getSpread() * seconds;
}

/// Adds to weights what kernels take that multiply with them.
void addComputing(EnergyReport &report) {
  llvm::StringMap<TensorRow *> tensors;
  for (TensorRow &row : report.tensors)
    if (row.kind == Access::Weight)
      tensors[row.name] = &row;
  for (const KernelRow &kernel : report.kernels)
    for (const auto &[weight, part] : kernel.weights)
      for (auto [sum, amount] :
           llvm::zip_equal(tensors[weight]->computing, kernel.computing))
        sum += part * amount;
}

} // namespace

void addCode(MutableArrayRef<EnergyReport> reports, TargetAttr target,
             ArrayRef<InstructionCounts> entries,
             ArrayRef<PipelineLayers> pipelines) {
  for (EnergyReport &report : reports) {
    CodeMap code = collectCode(report, entries);
    report.kernels = KernelTable(report, pipelines, std::move(code)).take();
    report.code.emplace();
    for (KernelRow &row : report.kernels) {
      report.code->add(row.code);
      for (auto [kind, count] : llvm::enumerate(row.code.instructions))
        for (Amounts *amounts : {&row.computing, &report.total})
          report.prices.addInstructions(*amounts, InstructionKind(kind), count);
    }
    addRowTimes(report, target);
    for (KernelRow &row : report.kernels)
      row.amounts += row.computing;
    addComputing(report);
  }
}

void addTime(MutableArrayRef<EnergyReport> reports, TargetAttr target) {
  CostsAttr costs = target.getCosts();
  Figure clock = target.getClock();
  if (!costs || !costs.getCyclesPerMac().isKnown() || !clock.isKnown())
    return;
  for (EnergyReport &report : reports) {
    double macs = 0;
    SmallVector<double> served(target.getMemories().size(), 0.0);
    for (const ReportRow &row : report.layers) {
      for (int64_t count : row.macs)
        macs += count;
      for (auto [sum, bytes] : llvm::zip_equal(served, row.served))
        sum += bytes;
    }
    report.seconds = costs.getCyclesPerMac() * (macs / clock.nominal) +
                     TimeModel(target).getWaits(served);
    report.prices.addTime(report.total, report.seconds->nominal);
  }
}

void addExitSavings(MutableArrayRef<EnergyReport> reports) {
  EnergyReport *plain = nullptr;
  for (EnergyReport &report : reports) {
    if (report.unit == "token")
      plain = &report;
    if (!report.tokens || !plain)
      continue;
    Saving saving{"exit", 0, 0, 0, report.total};
    for (auto [amount, token] : llvm::zip_equal(saving.amounts, plain->total))
      amount = *report.tokens * token - amount;
    report.savings.push_back(std::move(saving));
  }
}

} // namespace mlir::eke
