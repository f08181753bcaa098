//===- SentenceTransformer.cpp - What makes a vector of a text ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/huggingface/SentenceTransformer.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/huggingface/ConfigReader.h"

#include <algorithm>

namespace mlir::eke {

/// Calls `read` with the values of a file that is an object of JSON.
static llvm::Error
readObject(llvm::StringRef path,
           llvm::function_ref<void(ConfigReader &config)> read) {
  llvm::Expected<llvm::json::Value> value = readJSON(path);
  if (!value)
    return value.takeError();
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return errorIn(path, "is not a JSON object");
  ConfigReader config(*object, [](llvm::StringRef) { return false; });
  read(config);
  return config.takeErrors(path);
}

/// Exactly one of the ways to make a vector is true.
static void readMode(ConfigReader &config, proto::Encoder &encoder) {
  using proto::Encoder;
  constexpr std::pair<llvm::StringLiteral, Encoder::Pooling> known[] = {
      {"pooling_mode_mean_tokens", Encoder::MEAN},
      {"pooling_mode_cls_token", Encoder::FIRST}};
  for (llvm::StringRef other :
       {"pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens",
        "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken"})
    config.expectFlag(other, false);
  config.expectFlag("include_prompt", true);
  for (auto [key, pooling] : known)
    if (config.getFlag(key)) {
      if (encoder.pooling() != Encoder::POOLING_UNSPECIFIED)
        config.fail("has two ways to make a vector of a text; expected one");
      encoder.set_pooling(pooling);
    }
  if (encoder.pooling() == Encoder::POOLING_UNSPECIFIED)
    config.fail("has no way to make a vector of a text; expected "
                "'pooling_mode_mean_tokens' or 'pooling_mode_cls_token' to be "
                "true");
}

/// Reads one entry of modules.json.
static llvm::Error readModule(llvm::StringRef directory, llvm::StringRef list,
                              const llvm::json::Value &entry,
                              proto::Encoder &encoder) {
  const llvm::json::Object *module = entry.getAsObject();
  llvm::StringRef type = module ? module->getString("type").value_or("") : "";
  llvm::StringRef kind = type.rsplit('.').second;
  if (kind == "Transformer")
    return llvm::Error::success();
  if (kind == "Normalize") {
    encoder.set_normalized(true);
    return llvm::Error::success();
  }
  if (kind != "Pooling")
    return errorIn(list, "has a module of the type " + inQuotes(type) +
                             ", which is not supported; known are Transformer, "
                             "Pooling and Normalize");
  std::string folder =
      resolvePath(directory, module->getString("path").value_or(""));
  return readObject(resolvePath(folder, "config.json"),
                    [&](ConfigReader &config) { readMode(config, encoder); });
}

llvm::Error readPooling(llvm::StringRef directory, proto::Model &model) {
  proto::Encoder &encoder = *model.mutable_encoder();
  std::string list = resolvePath(directory, "modules.json");
  if (!isThere(list))
    return errorIn(directory,
                   "has no modules.json, which says what makes a vector of a "
                   "text: the library sentence-transformers writes it");
  llvm::Expected<llvm::json::Value> modules = readJSON(list);
  if (!modules)
    return modules.takeError();
  const llvm::json::Array *entries = modules->getAsArray();
  if (!entries)
    return errorIn(list, "is not a JSON array");
  llvm::Error errors = llvm::Error::success();
  for (const llvm::json::Value &entry : *entries)
    errors = llvm::joinErrors(std::move(errors),
                              readModule(directory, list, entry, encoder));
  if (errors)
    return errors;
  if (encoder.pooling() == proto::Encoder::POOLING_UNSPECIFIED)
    return errorIn(list, "has no module of the type Pooling");

  std::string limits = resolvePath(directory, "sentence_bert_config.json");
  if (!isThere(limits))
    return llvm::Error::success();
  return readObject(limits, [&](ConfigReader &config) {
    config.expectFlag("do_lower_case", false);
    model.set_context(std::min(
        model.context(), config.getSize("max_seq_length", model.context())));
  });
}

} // namespace mlir::eke
