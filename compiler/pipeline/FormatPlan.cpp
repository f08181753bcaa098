//===- FormatPlan.cpp - Files that say how weights are stored -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/FormatPlan.h"

#include "compiler/frontend/Input.h"
#include "dialects/eke/Format.h"

using llvm::createStringError;

namespace mlir::eke {

llvm::Expected<FormatPlan> readFormatPlan(llvm::StringRef path) {
  llvm::Expected<llvm::json::Value> file = readJSON(path);
  if (!file)
    return file.takeError();
  const llvm::json::Object *object = file->getAsObject();
  const llvm::json::Object *formats =
      object ? object->getObject("formats") : nullptr;
  if (!formats)
    return createStringError(
        path + ": expected an object with 'formats', the formats of weights by "
               "their names, as 'eke compress' writes it");
  FormatPlan plan;
  for (auto &[weight, format] : *formats) {
    auto name = format.getAsString();
    if (!name)
      return createStringError(path + ": the format of " + inQuotes(weight) +
                               " is no string");
    plan.push_back({weight.str(), name->str()});
  }
  return plan;
}

llvm::json::Object toJSON(const FormatPlan &plan) {
  llvm::json::Object formats;
  for (const PlannedFormat &each : plan)
    formats[each.weight] = each.format;
  return formats;
}

llvm::Expected<DictionaryAttr> getStorages(MLIRContext *context,
                                           const FormatPlan &plan,
                                           llvm::StringRef source) {
  SmallVector<NamedAttribute> storages;
  for (const PlannedFormat &each : plan) {
    if (each.format != kKeepStorage &&
        !FormatInterface::lookup(context, each.format))
      return createStringError(source + ": the format of " +
                               inQuotes(each.weight) + " is " +
                               inQuotes(each.format) + ", expected " +
                               FormatInterface::listNames(context));
    storages.emplace_back(
        StringAttr::get(context, each.weight),
        StorageAttr::get(context, StringAttr::get(context, each.format)));
  }
  return DictionaryAttr::get(context, storages);
}

} // namespace mlir::eke
