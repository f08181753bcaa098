//===- Decisions.cpp - What the command line decides ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decisions become attributes of the module, where passes and code generation read them.
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/HalideCodegen.h"
#include "codegen/llvm/CheckTarget.h"
#include "compiler/pipeline/Compilation.h"
#include "compiler/pipeline/LoadModule.h"
#include "compiler/pipeline/MomentFiles.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/targets/Targets.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/InputFile.h"
#include "dialects/eke/Moments.h"

namespace mlir::eke {

static constexpr const char *defaultTarget = "host";
static constexpr StringRef defaultWeights = "i8";

/// Writes a decision of the command line into the module. A module that has
/// been through phases was lowered for the decision it carries.
LogicalResult Compilation::setDecision(StringRef name, Attribute value,
                                       bool isExplicit) {
  Attribute present = (*module)->getAttr(name);
  if (present && !isExplicit)
    return success();
  if (present && present != value && (*module)->hasAttr(kPhaseAttr))
    return report(llvm::createStringError(
        options.model + ": has been lowered for another '" + name +
        "'; compile the model it came from"));
  (*module)->setAttr(name, value);
  return success();
}

/// Does code for one target run on the other, from the same memories? They may differ in what
/// these cost.
static bool hasSameCode(TargetAttr a, TargetAttr b) {
  auto code = [](TargetAttr target) {
    SmallVector<StringRef> places;
    for (MemoryAttr memory : target.getMemories())
      if (memory.getKind() != MemoryKind::Cache)
        places.push_back(memory.getName());
    return std::tuple(target.getTriple(), target.getCpu(), target.getFeatures(),
                      target.getHalide(), target.getVectorBits(), places);
  };
  return code(a) == code(b);
}

/// Says in which file a target is that no code can be generated for, if it is one.
static llvm::Error checkCodegen(TargetAttr target, StringRef file) {
  if (!target.hasCode())
    return llvm::Error::success();
  llvm::Error error = checkTarget(target);
  if (!error)
    error = checkHalideTarget(target);
  return error ? errorIn(file, llvm::toString(std::move(error)))
               : llvm::Error::success();
}

/// The target of the command line, or else of the module. A module that has been through
/// phases may go to another board with the same CPU.
LogicalResult Compilation::decideTarget() {
  llvm::Expected<TargetProfile> profile = findTargetProfile(
      options.target.empty() ? defaultTarget : options.target);
  if (!profile)
    return report(profile.takeError());
  TargetAttr target = getTargetAttr(&context, *profile);
  auto present = (*module)->getAttrOfType<TargetAttr>(kTargetAttr);
  bool isGiven = !options.target.empty();
  bool isOfModule = present && !isGiven;
  if (llvm::Error error =
          checkCodegen(isOfModule ? present : target,
                       isOfModule ? options.model : options.target))
    return report(std::move(error));
  if (isOfModule)
    return success();
  if (present && (*module)->hasAttr(kPhaseAttr) &&
      !hasSameCode(present, target))
    return report(llvm::createStringError(
        options.model + ": was made for target '" +
        present.getName().getValue() + "', whose code is not that of '" +
        options.target + "'; expected no '--target', or with '--target=" +
        options.target + "' the model that it was made of"));
  (*module)->setAttr(kTargetAttr, target);
  return success();
}

LogicalResult Compilation::decide() {
  StringRef format = options.weights.value_or(defaultWeights);
  auto storage = StorageAttr::get(&context, StringAttr::get(&context, format));
  if (failed(decideTarget()) ||
      failed(setDecision(kWeightsFormatAttr, storage,
                         options.weights.has_value())) ||
      failed(decideFromFormat()) || failed(decideMoments()) ||
      failed(decideStorages()))
    return failure();
  auto target = (*module)->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target.hasCode() && !stopsEarly())
    return report(llvm::createStringError("no code is generated for target '" +
                                          target.getName().str() + "' yet"));
  return decideCaches(format);
}

/// What follows from the weights' format, if nobody says otherwise. A module that has been
/// through phases has what was decided then.
LogicalResult Compilation::decideFromFormat() {
  auto storage = (*module)->getAttrOfType<StorageAttr>(kWeightsFormatAttr);
  bool isLowered = (*module)->hasAttr(kPhaseAttr);
  // None if the numbers are kept.
  const FormatInterface *format =
      FormatInterface::lookup(&context, storage.getName());
  bool isLanguage = (*module)->hasAttr(kLanguageAttr);
  StringRef usual =
      format && isLanguage ? format->getHeadFormat() : storage.getName();
  StringRef head = options.head.value_or(usual);
  bool knowsInputs = options.collectsMoments || !options.moments.empty();
  bool gains = format && format->gainsFromRotation() &&
               (!format->isCoarse() || knowsInputs);
  if ((options.head || (head != storage.getName() && !isLowered)) &&
      failed(setDecision(
          kHeadFormatAttr,
          StorageAttr::get(&context, StringAttr::get(&context, head)),
          options.head.has_value())))
    return failure();
  if (!options.rotates && (!gains || isLowered))
    return success();
  return setDecision(kRotateAttr,
                     BoolAttr::get(&context, options.rotates.value_or(gains)),
                     options.rotates.has_value());
}

/// The moments that a program collects, or those that weights are rounded by.
LogicalResult Compilation::decideMoments() {
  if (options.collectsMoments)
    (*module)->setAttr(kCollectMomentsAttr, UnitAttr::get(&context));
  if (options.moments.empty())
    return success();
  llvm::Expected<DictionaryAttr> moments =
      readMoments(&context, options.moments);
  if (!moments)
    return report(moments.takeError());
  (*module)->setAttr(kMomentsAttr, *moments);
  return success();
}

/// The formats that a plan has for single weights.
LogicalResult Compilation::decideStorages() {
  FormatPlan plan = options.plan;
  if (!options.formats.empty()) {
    llvm::Expected<FormatPlan> read = readFormatPlan(options.formats);
    if (!read)
      return report(read.takeError());
    plan = std::move(*read);
  }
  if (plan.empty())
    return success();
  if (hasBeenThrough(*module, "format"))
    return report(llvm::createStringError(
        options.model + ": has been through 'format', which chose formats; "
                        "expected a module of an earlier phase for "
                        "'--formats'"));
  llvm::Expected<DictionaryAttr> storages =
      getStorages(&context, plan, options.formats);
  if (!storages)
    return report(storages.takeError());
  (*module)->setAttr(kStorageAttr, *storages);
  return success();
}

/// The caches of a description have no element type yet; those of a module have,
/// which only an option overrides.
LogicalResult Compilation::decideCaches(StringRef weights) {
  std::optional<StringRef> caches = options.caches;
  if (!caches && !(*module)->hasAttr(kPhaseAttr) &&
      !isModuleFile(options.model))
    caches = weights == "f32" ? "f32" : "f16";
  if (!caches)
    return success();
  Builder b(&context);
  Type element = *caches == "f32" ? Type(b.getF32Type()) : b.getF16Type();
  return setDecision(kCachesFormatAttr, TypeAttr::get(element),
                     options.caches.has_value());
}

} // namespace mlir::eke
