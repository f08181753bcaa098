//===- Workload.cpp - What a model executes over and over -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/energy/Workload.h"

using llvm::createStringError;

namespace mlir::eke {

EntryAttr getEntry(ModelOp model) {
  return model->getAttrOfType<EntryAttr>(kEntryAttr);
}

std::string getNameWithRows(ModelOp model) {
  auto [name, rows] = getEntryName(model);
  return (name + "/" + Twine(rows)).str();
}

std::optional<double> Workload::getRate() const {
  EntryAttr entry = getEntry(entries.front());
  if (!entry || entry.getEvery().nanoseconds == 0)
    return std::nullopt;
  return 1e9 / entry.getEvery().nanoseconds;
}

std::vector<LayerTraffic> collectLayers(const Workload &workload,
                                        SmallVectorImpl<Operation *> &unknown) {
  std::vector<LayerTraffic> layers;
  int64_t values = 0; // of the entries before
  for (ModelOp entry : workload.entries) {
    EntryTraffic traffic = countTraffic(entry, workload.position.value_or(0));
    int64_t most = 0;
    for (LayerTraffic &layer : traffic.layers) {
      for (Access &access : layer.accesses)
        if (access.kind == Access::Value) {
          most = std::max(most, access.value + 1);
          access.value += values;
        }
      layers.push_back(std::move(layer));
    }
    values += most;
    llvm::append_range(unknown, traffic.unknown);
  }
  return layers;
}

/// The entry of a role with the fewest rows that are enough; or none.
static ModelOp findRole(ModuleOp module, StringRef role, int64_t rows = 1) {
  ModelOp best;
  for (auto model : module.getOps<ModelOp>()) {
    EntryAttr entry = getEntry(model);
    int64_t own = getEntryName(model).second;
    if (entry && entry.getRoleText() == role && own >= rows &&
        (!best || own < getEntryName(best).second))
      best = model;
  }
  return best;
}

/// Each draft is a call of the draft and one of its head; all are verified together.
static std::optional<Workload>
findDrafting(ModuleOp module, LanguageAttr language, int64_t position) {
  int64_t drafts = language.getDrafts();
  ModelOp draft = findRole(module, kDraftRole);
  ModelOp draftHead = findRole(module, kExitHeadRole);
  ModelOp verify = findRole(module, kVerifyRole, drafts + 1);
  ModelOp head = findRole(module, kHeadRole, drafts + 1);
  if (!draftHead)
    draftHead = findRole(module, kHeadRole);
  if (!language.getAcceptanceRate() || drafts == 0 || !draft || !draftHead ||
      !verify || !head)
    return std::nullopt;
  Workload workload{"verification", {}, position, std::nullopt};
  for (int64_t i = 0; i < drafts; ++i)
    workload.entries.append({draft, draftHead});
  workload.entries.append({verify, head});
  // Those that are accepted, and one more.
  workload.tokens =
      1 + drafts * language.getAcceptanceRate().getValueAsDouble();
  return workload;
}

/// Decoding a token is a call of the trunk and one of the head.
static std::vector<Workload> findDecoding(ModuleOp module,
                                          std::optional<uint32_t> given) {
  auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr);
  ModelOp trunk = findRole(module, kTrunkRole),
          head = findRole(module, kHeadRole);
  if (!language || !trunk || !head)
    return {};
  int64_t context = language.getContextLength();
  int64_t position =
      std::min<int64_t>(given.value_or(context / 2), context - 1);
  std::vector<Workload> workloads = {
      {"token", {trunk, head}, position, std::nullopt}};
  if (auto drafting = findDrafting(module, language, position))
    workloads.push_back(std::move(*drafting));
  return workloads;
}

llvm::Expected<std::vector<Workload>>
findWorkloads(ModuleOp module, StringRef entry,
              std::optional<uint32_t> position) {
  std::vector<Workload> workloads;
  if (entry.empty())
    workloads = findDecoding(module, position);
  if (!workloads.empty())
    return workloads;
  std::string names;
  for (auto model : module.getOps<ModelOp>()) {
    std::string name = getNameWithRows(model);
    names += (names.empty() ? "" : ", ") + name;
    if (entry.empty() || entry == name || entry == getEntryName(model).first)
      workloads.push_back({"call of " + name, {model}, position, std::nullopt});
  }
  if (names.empty())
    return createStringError("the model has no entries to report on");
  if (workloads.empty())
    return createStringError("the model has no entry '" + entry +
                             "'; expected one of " + names);
  return workloads;
}

} // namespace mlir::eke
