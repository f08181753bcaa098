//===- WordPieceFiles.cpp - vocab.txt and what stands beside it -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// BERT's tokenizer as it was published first: a token on each line, and a configuration
// whose defaults are those of Hugging Face's BertTokenizerFast.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {

using llvm::json::Object;
using llvm::json::Value;

llvm::Error addWordPieceSteps(const BertNormalization &how,
                              TokenizerDescription &description) {
  description.model = TokenizerDescription::Model::WordPiece;
  Object normalizer{{"type", "BertNormalizer"},
                    {"clean_text", how.cleans},
                    {"handle_chinese_chars", how.spacesChinese},
                    {"strip_accents", how.stripsAccents
                                          ? Value(*how.stripsAccents)
                                          : Value(nullptr)},
                    {"lowercase", how.lowercase}};
  Object decoder{{"type", "WordPiece"},
                 {"prefix", description.continuingPrefix},
                 {"cleanup", true}};
  return readTokenizerSteps(
      Object{{"normalizer", std::move(normalizer)},
             {"pre_tokenizer", Object{{"type", "BertPreTokenizer"}}},
             {"decoder", std::move(decoder)}},
      description);
}

namespace {

/// Reads a vocab.txt and the configuration in its folder.
class WordPieceReader {
public:
  WordPieceReader(llvm::StringRef file, uint32_t size)
      : folder(llvm::sys::path::parent_path(file)), file(file), size(size) {}

  llvm::Expected<TokenizerDescription> read(llvm::StringRef text) {
    if (llvm::Error error = readConfigs())
      return std::move(error);
    if (llvm::Error error = readLines(text))
      return std::move(error);
    if (llvm::Error error = addConfiguredTokens(folder, size, description))
      return std::move(error);
    if (llvm::Error error = addSpecialTokens())
      return std::move(error);
    if (llvm::Error error = addWordPieceSteps(how, description))
      return std::move(error);
    return std::move(description);
  }

private:
  llvm::Error readConfigs() {
    for (llvm::StringRef name :
         {"special_tokens_map.json", "tokenizer_config.json"}) {
      std::string path = resolvePath(folder, name);
      if (!isThere(path))
        continue;
      auto json = readJSON(path);
      if (!json)
        return json.takeError();
      const Object *root = json->getAsObject();
      if (!root)
        return errorIn(path, "is not a JSON object");
      if (llvm::Error error = readConfig(*root, path))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error readConfig(const Object &config, llvm::StringRef path) {
    for (auto &[name, text] : special) {
      const Value *value = config.get(name);
      const Object *token = value ? value->getAsObject() : nullptr;
      auto found = token   ? token->getString("content")
                   : value ? value->getAsString()
                           : std::nullopt;
      if (found)
        text = found->str();
    }
    llvm::StringRef kind =
        config.getString("tokenizer_class").value_or("BertTokenizer");
    if (kind != "BertTokenizer" && kind != "BertTokenizerFast")
      return errorIn(path, "'tokenizer_class' is " + inQuotes(kind) +
                               ", which is not supported of a vocab.txt; "
                               "expected BertTokenizer or BertTokenizerFast");
    if (!config.getBoolean("do_basic_tokenize").value_or(true))
      return errorIn(path, "'do_basic_tokenize' is not supported; expected "
                           "true");
    auto flag = [&](llvm::StringRef key, bool &target) {
      target = config.getBoolean(key).value_or(target);
    };
    flag("do_lower_case", how.lowercase);
    flag("tokenize_chinese_chars", how.spacesChinese);
    flag("clean_text", how.cleans);
    if (std::optional<bool> strips = config.getBoolean("strip_accents"))
      how.stripsAccents = strips;
    return llvm::Error::success();
  }

  /// A token's number is that of its line. What is there twice has the last.
  llvm::Error readLines(llvm::StringRef text) {
    using Kind = TokenDescription::Kind;
    while (!text.empty()) {
      auto [line, rest] = text.split('\n');
      text = rest;
      uint32_t id = description.tokens.size();
      if (id == size)
        return errorIn(file, "has more lines than the " + llvm::Twine(size) +
                                 " tokens of the model");
      llvm::StringRef token = line.rtrim();
      description.tokens.emplace_back();
      if (token.empty())
        continue;
      if (auto known = ids.find(token); known != ids.end())
        description.tokens[known->second] = TokenDescription();
      ids[token] = id;
      description.tokens[id] = {Kind::Normal, token.str()};
    }
    return llvm::Error::success();
  }

  /// The tokens that are found in a text before it is split, if they are in the
  /// vocabulary: the unknown one and those around a text have to be.
  llvm::Error addSpecialTokens() {
    for (const auto &[name, text] : special) {
      auto found = ids.find(text);
      bool isNeeded = name != "pad_token" && name != "mask_token";
      if (found == ids.end() && isNeeded)
        return errorIn(file, "has no line " + inQuotes(text) + ", which is '" +
                                 name + "'");
      if (found == ids.end())
        continue;
      uint32_t id = found->second;
      if (name == "unk_token")
        description.unknown = id;
      if (name == "cls_token")
        description.before = {id};
      if (name == "sep_token")
        description.after = {id};
      AddedTokenDescription added;
      added.id = id;
      added.text = text;
      added.special = true;
      if (llvm::none_of(description.added,
                        [&](const auto &other) { return other.id == id; }))
        description.added.push_back(std::move(added));
    }
    return llvm::Error::success();
  }

  llvm::StringRef folder, file;
  const uint32_t size;
  std::pair<llvm::StringLiteral, std::string> special[5] = {
      {"unk_token", "[UNK]"},
      {"cls_token", "[CLS]"},
      {"sep_token", "[SEP]"},
      {"pad_token", "[PAD]"},
      {"mask_token", "[MASK]"}};
  BertNormalization how;
  llvm::StringMap<uint32_t> ids;
  TokenizerDescription description;
};

} // namespace

llvm::Expected<TokenizerDescription>
readWordPieces(llvm::StringRef text, llvm::StringRef file, uint32_t size) {
  return WordPieceReader(file, size).read(text);
}

} // namespace mlir::eke
