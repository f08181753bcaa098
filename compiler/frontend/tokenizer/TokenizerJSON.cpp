//===- TokenizerJSON.cpp - Reading tokenizer.json -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"
#include "compiler/frontend/tokenizer/ByteAlphabet.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <set>

namespace mlir::eke {
namespace {

using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;
using Model = TokenizerDescription::Model;

llvm::Error error(const llvm::Twine &what) {
  return llvm::createStringError(what);
}

/// Reads one tokenizer.json.
class TokenizerReader {
public:
  TokenizerReader(const Object &root, uint32_t size) : root(root), size(size) {}

  llvm::Expected<TokenizerDescription> read() {
    if (llvm::Error error = readTokenizerSteps(root, description))
      return std::move(error);
    if (llvm::Error error = readModel())
      return std::move(error);
    if (llvm::Error error = readAddedTokens())
      return std::move(error);
    return std::move(description);
  }

private:
  llvm::Error readModel() {
    const Object *model = root.getObject("model");
    if (!model)
      return error("there is no object 'model'");
    llvm::StringRef type = model->getString("type").value_or("");
    // Files of old have no type.
    if (type.empty() && model->get("merges"))
      type = "BPE";
    description.byteFallback =
        model->getBoolean("byte_fallback").value_or(false);
    if (type == "BPE")
      return readBPE(*model);
    if (type == "Unigram")
      return readUnigram(*model);
    if (type == "WordPiece")
      return readWordPiece(*model);
    return error("model " + inQuotes(type) +
                 " is not supported; expected BPE, Unigram or WordPiece");
  }

  llvm::Error addToken(llvm::StringRef text, const Value &number,
                       double score = 0) {
    std::optional<uint64_t> id = number.getAsUINT64();
    if (!id || *id >= size)
      return error("token " + inQuotes(text) + " has no number below " +
                   llvm::Twine(size) + ", the size of the model's vocabulary");
    if (text.empty())
      return error("token " + llvm::Twine(*id) + " is empty");
    if (description.tokens.size() <= *id)
      description.tokens.resize(*id + 1);
    TokenDescription &token = description.tokens[*id];
    if (token.kind != TokenDescription::Kind::Absent)
      return error("token " + inQuotes(text) + " has the number " +
                   llvm::Twine(*id) + " of another token");
    token = {TokenDescription::Kind::Normal, text.str(), score};
    ids[text] = *id;
    return llvm::Error::success();
  }

  llvm::Error readVocabulary(const Object &model) {
    const Object *vocabulary = model.getObject("vocab");
    if (!vocabulary)
      return error("model has no object 'vocab'");
    for (const auto &[text, number] : *vocabulary)
      if (llvm::Error error = addToken(text, number))
        return error;
    return llvm::Error::success();
  }

  llvm::Error readUnknown(const Object &model) {
    std::optional<llvm::StringRef> token = model.getString("unk_token");
    if (!token)
      return llvm::Error::success();
    auto found = ids.find(*token);
    if (found != ids.end()) {
      description.unknown = found->second;
      return llvm::Error::success();
    }
    // The library takes such a file, and fails when it needs the token.
    return error("the unknown token " + inQuotes(*token) +
                 " is not in the vocabulary");
  }

  //===- BPE ----------------------------------------------------------------//

  llvm::Error readBPE(const Object &model) {
    description.model = Model::BPE;
    description.ignoreMerges =
        model.getBoolean("ignore_merges").value_or(false);
    description.fuseUnknown = model.getBoolean("fuse_unk").value_or(false);
    if (model.getNumber("dropout").value_or(0) != 0)
      return error("model.'dropout' is not supported; expected null");
    for (llvm::StringRef key :
         {"continuing_subword_prefix", "end_of_word_suffix"})
      if (!model.getString(key).value_or("").empty())
        return error("model.'" + key + "' is not supported; expected null");
    if (llvm::Error error = readVocabulary(model))
      return error;
    if (llvm::Error error = readUnknown(model))
      return error;
    return readMerges(model);
  }

  llvm::Error readMerges(const Object &model) {
    const Array *merges = model.getArray("merges");
    if (!merges)
      return error("model has no array 'merges'");
    std::vector<std::pair<llvm::StringRef, llvm::StringRef>> pairs;
    for (const Value &value : *merges) {
      auto pair = pairOf(value);
      if (!pair)
        return error("merge " + llvm::Twine(pairs.size()) +
                     " is no pair of tokens");
      pairs.push_back(*pair);
    }
    return description.setMerges(pairs);
  }

  /// The two parts of a merge, written "a b" or ["a", "b"].
  static std::optional<std::pair<llvm::StringRef, llvm::StringRef>>
  pairOf(const Value &value) {
    if (std::optional<llvm::StringRef> text = value.getAsString()) {
      if (text->count(' ') != 1)
        return std::nullopt;
      return text->split(' ');
    }
    const Array *parts = value.getAsArray();
    if (!parts || parts->size() != 2 || !(*parts)[0].getAsString() ||
        !(*parts)[1].getAsString())
      return std::nullopt;
    return std::pair(*(*parts)[0].getAsString(), *(*parts)[1].getAsString());
  }

  //===- Unigram ------------------------------------------------------------//

  llvm::Error readUnigram(const Object &model) {
    description.model = Model::Unigram;
    description.fuseUnknown = true;
    const Array *vocabulary = model.getArray("vocab");
    if (!vocabulary)
      return error("model has no array 'vocab'");
    for (const Value &value : *vocabulary) {
      const Array *pair = value.getAsArray();
      auto text =
          pair && pair->size() == 2 ? (*pair)[0].getAsString() : std::nullopt;
      auto score = text ? (*pair)[1].getAsNumber() : std::nullopt;
      if (!score)
        return error("token " + llvm::Twine(description.tokens.size()) +
                     " is no pair of a text and a score");
      if (llvm::Error error =
              addToken(*text, int64_t(description.tokens.size()), *score))
        return error;
    }
    const Value *unknown = model.get("unk_id");
    std::optional<uint64_t> id =
        unknown ? unknown->getAsUINT64() : std::nullopt;
    if (!id || *id >= description.tokens.size())
      return error("model.'unk_id' is no token");
    description.unknown = *id;
    return llvm::Error::success();
  }

  //===- WordPiece ----------------------------------------------------------//

  llvm::Error readWordPiece(const Object &model) {
    description.model = Model::WordPiece;
    description.continuingPrefix =
        model.getString("continuing_subword_prefix").value_or("##").str();
    if (description.continuingPrefix.empty())
      return error("model.'continuing_subword_prefix' is empty, which is not "
                   "supported");
    description.longestWord = uint32_t(std::clamp<int64_t>(
        model.getInteger("max_input_chars_per_word").value_or(100), 0,
        1 << 20));
    if (llvm::Error error = readVocabulary(model))
      return error;
    return readUnknown(model);
  }

  //===- Added tokens -------------------------------------------------------//

  llvm::Error readAddedTokens() {
    const Value *value = root.get("added_tokens");
    if (!value || value->getAsNull())
      return llvm::Error::success();
    const Array *tokens = value->getAsArray();
    if (!tokens)
      return error("'added_tokens' is no array");
    for (const Value &token : *tokens)
      if (llvm::Error error = readAddedToken(token.getAsObject()))
        return error;
    return llvm::Error::success();
  }

  llvm::Error readAddedToken(const Object *token) {
    std::optional<llvm::StringRef> content;
    if (token)
      content = token->getString("content");
    if (!content || content->empty())
      return error("an added token has no content");
    const Value *number = token->get("id");
    std::optional<uint64_t> id = number ? number->getAsUINT64() : std::nullopt;
    if (!id || *id >= size)
      return error("added token " + inQuotes(*content) +
                   " has no number below " + llvm::Twine(size) +
                   ", the size of the model's vocabulary");
    bool isUsed =
        *id < description.tokens.size() &&
        description.tokens[*id].kind != TokenDescription::Kind::Absent;
    auto known = ids.find(*content);
    if (known != ids.end() ? known->second != *id : isUsed)
      return error("added token " + inQuotes(*content) + " has the number " +
                   llvm::Twine(*id) + ", which contradicts the vocabulary");
    if (!added.insert(*id).second)
      return error("added token " + inQuotes(*content) + " is listed twice");
    ids[*content] = *id;
    auto flag = [&](llvm::StringRef key) {
      return token->getBoolean(key).value_or(false);
    };
    AddedTokenDescription result;
    result.id = *id;
    result.text = content->str();
    result.special = flag("special");
    result.normalized = flag("normalized");
    result.singleWord = flag("single_word");
    result.leftStrip = flag("lstrip");
    result.rightStrip = flag("rstrip");
    description.added.push_back(std::move(result));
    return llvm::Error::success();
  }

  const Object &root;
  uint32_t size;
  TokenizerDescription description;
  /// Number of each token, by its text in the file.
  llvm::StringMap<uint32_t> ids;
  std::set<uint64_t> added;
};

} // namespace

llvm::Expected<TokenizerDescription>
readTokenizerJSON(llvm::StringRef text, llvm::StringRef file, uint32_t size) {
  llvm::Expected<Value> json = parseJSON(text, file);
  if (!json)
    return json.takeError();
  const Object *root = json->getAsObject();
  if (!root)
    return errorIn(file, "is not a JSON object");
  auto description = TokenizerReader(*root, size).read();
  if (!description)
    return errorIn(file, llvm::toString(description.takeError()));
  return description;
}

} // namespace mlir::eke
