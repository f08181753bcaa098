//===- Decisions.cpp - What options and a model decide --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Decisions.h"

#include "compiler/pipeline/LoadModule.h"
#include "compiler/search/TextTrial.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/WeightParts.h"

#include "llvm/ADT/StringMap.h"

using llvm::createStringError;

namespace mlir::eke {

static void noteAttributes(ModuleOp module, Decisions &decided) {
  auto nameOf = [&](StringRef name) {
    auto storage = module->getAttrOfType<StorageAttr>(name);
    return storage ? storage.getName().str() : std::string();
  };
  decided.weights = nameOf(kWeightsFormatAttr);
  decided.head = nameOf(kHeadFormatAttr);
  if (decided.head.empty())
    decided.head = decided.weights;
  auto element = module->getAttrOfType<TypeAttr>(kCachesFormatAttr);
  decided.caches = element && element.getValue().isF16() ? "f16" : "f32";
  auto rotate = module->getAttrOfType<BoolAttr>(kRotateAttr);
  decided.rotates = rotate && rotate.getValue();
  if (auto storages = module->getAttrOfType<DictionaryAttr>(kStorageAttr))
    for (NamedAttribute each : storages)
      decided.plan.push_back(
          {each.getName().str(),
           cast<StorageAttr>(each.getValue()).getName().str()});
}

/// Notes how the matrices called `names` are stored, some of which are parts of others by now.
static FormatPlan listFormats(ModuleOp module, ArrayRef<std::string> names) {
  llvm::StringMap<std::string> formats;
  for (auto weight : module.getOps<WeightOp>())
    if (FormatAttr format = getFormat(weight.getTensorType()))
      for (const WeightPart &part : getParts(weight))
        formats[part.name] = format.getName().str();
  FormatPlan matrices;
  for (const std::string &name : names)
    if (auto format = formats.find(name); format != formats.end())
      matrices.push_back({name, format->second});
  return matrices;
}

llvm::Expected<Decisions> findDecisions(const CompileOptions &options,
                                        StringRef compiler) {
  Compilation compilation(makeTrialOptions(options, ""), compiler);
  llvm::Expected<Dump> dump = Dump::create("");
  if (!dump)
    return dump.takeError();
  if (failed(compilation.load()))
    return createStringError(options.model + ": cannot be read");
  ModuleOp module = compilation.getModule();
  auto language = module->getAttrOfType<LanguageAttr>(kLanguageAttr);
  if (!language || isModuleFile(options.model))
    return createStringError(options.model +
                             ": is no description of a language model; "
                             "expected one, whose loss on a text is measured");
  Decisions decided;
  decided.vocab = language.getVocab();
  noteAttributes(module, decided);
  auto fail = [&] {
    return createStringError(options.model + ": cannot be compiled");
  };
  if (failed(compilation.runPhases(*dump, findPhase("graph"))))
    return fail();
  std::vector<std::string> names;
  for (auto weight : module.getOps<WeightOp>())
    if (weight.getTensorType().getRank() == 2)
      names.push_back(weight.getSymName().str());
  if (failed(compilation.runPhases(*dump, findPhase("format"))))
    return fail();
  decided.matrices = listFormats(module, names);
  return decided;
}

} // namespace mlir::eke
