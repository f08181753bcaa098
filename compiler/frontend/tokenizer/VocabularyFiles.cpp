//===- VocabularyFiles.cpp - vocab.json, merges.txt and configurations ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

namespace mlir::eke {

using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

/// Reads lines "a b"; the first one may be a comment.
static llvm::Error readMergeLines(llvm::StringRef text,
                                  TokenizerDescription &description) {
  std::vector<std::pair<llvm::StringRef, llvm::StringRef>> pairs;
  bool isFirst = true;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    line.consume_back("\r");
    bool isComment = isFirst && line.starts_with("#version");
    isFirst = false;
    if (line.empty() || isComment)
      continue;
    if (line.count(' ') != 1)
      return llvm::createStringError("merge " + llvm::Twine(pairs.size()) +
                                     " is no pair of tokens");
    pairs.push_back(line.split(' '));
  }
  return description.setMerges(pairs);
}

/// The steps of GPT-2's tokenizer, written as those of a tokenizer.json.
static llvm::Error addByteLevelSteps(TokenizerDescription &description) {
  Object step{{"type", "ByteLevel"}, {"add_prefix_space", false}};
  return readTokenizerSteps(
      Object{{"pre_tokenizer", Object(step)}, {"decoder", Object(step)}},
      description);
}

llvm::Expected<TokenizerDescription> readVocabulary(llvm::StringRef vocabulary,
                                                    llvm::StringRef merges,
                                                    llvm::StringRef file,
                                                    llvm::StringRef mergesFile,
                                                    uint32_t size) {
  llvm::Expected<Value> json = parseJSON(vocabulary, file);
  if (!json)
    return json.takeError();
  const Object *root = json->getAsObject();
  if (!root)
    return errorIn(file, "is not a JSON object");
  TokenizerDescription description;
  for (const auto &[text, number] : *root) {
    std::optional<uint64_t> id = number.getAsUINT64();
    llvm::StringRef token = text;
    if (!id || *id >= size)
      return errorIn(file, "token " + inQuotes(token) +
                               " has no number below " + llvm::Twine(size) +
                               ", the size of the model's vocabulary");
    if (description.tokens.size() <= *id)
      description.tokens.resize(*id + 1);
    if (token.empty() ||
        description.tokens[*id].kind != TokenDescription::Kind::Absent)
      return errorIn(file, "token " + inQuotes(token) +
                               " is empty or has the "
                               "number of another token");
    description.tokens[*id] = {TokenDescription::Kind::Normal, token.str()};
  }
  if (llvm::Error error = readMergeLines(merges, description))
    return errorIn(mergesFile, llvm::toString(std::move(error)));
  if (llvm::Error error = addByteLevelSteps(description))
    return std::move(error);
  return description;
}

namespace {

/// Collects added tokens from the files beside a tokenizer.
class ConfiguredTokens {
public:
  ConfiguredTokens(llvm::StringRef directory, uint32_t size,
                   TokenizerDescription &description)
      : directory(directory), size(size), description(description) {
    for (auto [id, token] : llvm::enumerate(description.tokens))
      if (token.kind != TokenDescription::Kind::Absent)
        ids.try_emplace(token.text, id);
  }

  llvm::Error add() {
    using Reader = llvm::Error (ConfiguredTokens::*)(const Object &);
    const Reader readers[] = {&ConfiguredTokens::addNumbers,
                              &ConfiguredTokens::addDecoder,
                              &ConfiguredTokens::addSpecial};
    for (auto [name, reader] : llvm::zip(configuredTokenFiles, readers))
      if (llvm::Error error = readFile(name, reader))
        return error;
    for (auto &[id, token] : found)
      description.added.push_back(token);
    return llvm::Error::success();
  }

private:
  llvm::Error
  readFile(llvm::StringRef name,
           llvm::Error (ConfiguredTokens::*reader)(const Object &)) {
    file = resolvePath(directory, name);
    if (!isThere(file))
      return llvm::Error::success();
    llvm::Expected<Value> json = readJSON(file);
    if (!json)
      return json.takeError();
    const Object *root = json->getAsObject();
    return root ? (this->*reader)(*root) : llvm::Error::success();
  }

  llvm::Error put(uint64_t id, llvm::StringRef text, const Object *flags,
                  bool isSpecial) {
    if (text.empty() || id >= size)
      return errorIn(file, "added token " + inQuotes(text) +
                               " has no number below " + llvm::Twine(size) +
                               ", the size of the model's vocabulary");
    AddedTokenDescription &token = found[id];
    token.id = id;
    token.text = text.str();
    token.special |= isSpecial;
    ids[text.str()] = id;
    auto flag = [&](llvm::StringRef key) {
      return flags && flags->getBoolean(key).value_or(false);
    };
    token.normalized |= flag("normalized") && !token.special;
    token.singleWord |= flag("single_word");
    token.leftStrip |= flag("lstrip");
    token.rightStrip |= flag("rstrip");
    return llvm::Error::success();
  }

  /// {"<|x|>": 1000}
  llvm::Error addNumbers(const Object &root) {
    for (const auto &[text, number] : root)
      if (std::optional<uint64_t> id = number.getAsUINT64())
        if (llvm::Error error = put(*id, text, nullptr, false))
          return error;
    return llvm::Error::success();
  }

  /// {"added_tokens_decoder": {"1000": {"content": "<|x|>", "special": true}}}
  llvm::Error addDecoder(const Object &root) {
    const Object *tokens = root.getObject("added_tokens_decoder");
    for (const auto &[key, value] : tokens ? *tokens : Object()) {
      const Object *token = value.getAsObject();
      uint64_t id;
      if (!token || llvm::StringRef(key).getAsInteger(10, id))
        return errorIn(file, "'added_tokens_decoder' has a token that is none");
      if (llvm::Error error =
              put(id, token->getString("content").value_or(""), token,
                  token->getBoolean("special").value_or(false)))
        return error;
    }
    return llvm::Error::success();
  }

  /// {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "additional…": [ … ]}
  llvm::Error addSpecial(const Object &root) {
    for (const auto &[key, value] : root) {
      const Array *list = value.getAsArray();
      for (const Value &one :
           list ? llvm::ArrayRef<Value>(list->data(), list->size())
                : llvm::ArrayRef(value)) {
        const Object *token = one.getAsObject();
        std::optional<llvm::StringRef> text =
            token ? token->getString("content") : one.getAsString();
        auto known = text ? ids.find(text->str()) : ids.end();
        if (known == ids.end())
          continue; // of no number
        if (llvm::Error error = put(known->second, *text, token, true))
          return error;
      }
    }
    return llvm::Error::success();
  }

  llvm::StringRef directory;
  uint32_t size;
  TokenizerDescription &description;
  std::string file;
  std::map<std::string, uint64_t> ids;
  std::map<uint64_t, AddedTokenDescription> found;
};

} // namespace

llvm::Error addConfiguredTokens(llvm::StringRef directory, uint32_t size,
                                TokenizerDescription &description) {
  return ConfiguredTokens(directory, size, description).add();
}

} // namespace mlir::eke
