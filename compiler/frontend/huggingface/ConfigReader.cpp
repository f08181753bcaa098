//===- ConfigReader.cpp - What a config.json says -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/huggingface/ConfigReader.h"

#include "compiler/frontend/Input.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {

llvm::Expected<std::vector<uint32_t>> readTokens(const llvm::json::Value &value,
                                                 uint32_t vocab) {
  std::vector<uint32_t> tokens;
  const llvm::json::Array *list = value.getAsArray();
  for (const llvm::json::Value &one :
       list ? llvm::ArrayRef<llvm::json::Value>(list->data(), list->size())
            : llvm::ArrayRef(value)) {
    std::optional<uint64_t> token = one.getAsUINT64();
    if (!token || *token >= vocab)
      return llvm::createStringError(" is not one of the " +
                                     llvm::Twine(vocab) + " tokens");
    if (!llvm::is_contained(tokens, *token))
      tokens.push_back(*token);
  }
  return tokens;
}

llvm::Error ConfigReader::takeErrors(llvm::StringRef file) {
  llvm::Error all = llvm::Error::success();
  for (const std::string &error : errors)
    all = llvm::joinErrors(std::move(all), errorIn(file, error));
  errors.clear();
  return all;
}

bool ConfigReader::areRight(llvm::ArrayRef<llvm::StringRef> keys) const {
  return llvm::none_of(
      keys, [&](llvm::StringRef key) { return wrong.contains(key); });
}

void ConfigReader::failAt(llvm::StringRef key, const llvm::Twine &what) {
  markWrong(key);
  fail(inQuotes(key) + what);
}

const llvm::json::Value *ConfigReader::find(llvm::StringRef key) const {
  const llvm::json::Value *value = config.get(key);
  return value && !value->getAsNull() ? value : nullptr;
}

uint32_t ConfigReader::getSize(llvm::StringRef key, uint32_t fallback) {
  const llvm::json::Value *value = find(key);
  if (!value) {
    if (!fallback)
      failAt(key, " is missing");
    return std::max(fallback, 1u);
  }
  std::optional<uint64_t> size = value->getAsUINT64();
  if (!size || *size == 0 ||
      *size > uint64_t(std::numeric_limits<int32_t>::max())) {
    failAt(key, " is no size; expected 1 to 2147483647");
    return 1;
  }
  return *size;
}

double ConfigReader::getNumber(llvm::StringRef key, double fallback) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return fallback;
  std::optional<double> number = value->getAsNumber();
  if (!number)
    failAt(key, " is no number");
  return number.value_or(fallback);
}

double ConfigReader::getNumber(llvm::StringRef key) {
  if (!has(key))
    failAt(key, " is missing");
  return getNumber(key, 1);
}

bool ConfigReader::getFlag(llvm::StringRef key, bool fallback) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return fallback;
  std::optional<bool> flag = value->getAsBoolean();
  if (!flag)
    failAt(key, " is neither true nor false");
  return flag.value_or(fallback);
}

std::string ConfigReader::getText(llvm::StringRef key) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return "";
  std::optional<llvm::StringRef> text = value->getAsString();
  if (!text)
    failAt(key, " is no text");
  return text.value_or("").str();
}

/// The elements of the list `key` by `get`, which gives nothing for what is of another
/// kind than `kind`.
template <typename T>
static std::optional<std::vector<T>>
getList(ConfigReader &reader, llvm::StringRef key, llvm::StringRef kind,
        llvm::function_ref<std::optional<T>(const llvm::json::Value &)> get) {
  const llvm::json::Value *value = reader.find(key);
  if (!value)
    return std::nullopt;
  const llvm::json::Array *list = value->getAsArray();
  std::vector<T> elements;
  for (size_t i = 0; list && i < list->size(); ++i)
    if (std::optional<T> element = get((*list)[i]))
      elements.push_back(*element);
  if (!list || elements.size() != list->size())
    reader.failAt(key, " is no list of " + kind);
  return elements;
}

std::optional<std::vector<double>>
ConfigReader::getNumbers(llvm::StringRef key) {
  return getList<double>(*this, key, "numbers",
                         [](const llvm::json::Value &value) {
                           if (std::optional<bool> flag = value.getAsBoolean())
                             return std::optional<double>(*flag);
                           return value.getAsNumber();
                         });
}

std::optional<std::vector<std::string>>
ConfigReader::getTexts(llvm::StringRef key) {
  return getList<std::string>(
      *this, key, "texts",
      [](const llvm::json::Value &value) -> std::optional<std::string> {
        if (std::optional<llvm::StringRef> text = value.getAsString())
          return text->str();
        return std::nullopt;
      });
}

const llvm::json::Object *ConfigReader::getObject(llvm::StringRef key) {
  const llvm::json::Value *value = find(key);
  const llvm::json::Object *object = value ? value->getAsObject() : nullptr;
  if (value && !object)
    failAt(key, " is no object");
  return object;
}

void ConfigReader::expectAbsent(llvm::StringRef key) {
  if (has(key))
    fail(inQuotes(key) + " is not supported; expected null");
}

void ConfigReader::expectFlag(llvm::StringRef key, bool expected) {
  if (getFlag(key, expected) != expected)
    fail(inQuotes(key) + " is not supported; expected " +
         (expected ? "true" : "false"));
}

std::vector<uint32_t> ConfigReader::getTokens(llvm::StringRef key,
                                              uint32_t vocab) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return {};
  auto tokens = readTokens(*value, vocab);
  if (!tokens) {
    failAt(key, llvm::toString(tokens.takeError()));
    return {};
  }
  return *tokens;
}

} // namespace mlir::eke
