//===- Tokenizer.cpp - Reading tokenizer.json -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Tokenizer.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/TokenizerTables.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

#include <array>
#include <set>

namespace mlir::eke {
namespace {

/// GPT-2's alphabet: the character that stands for each byte in tokenizer.json.
/// Printable bytes stand for themselves, the others for U+0100 and up.
class ByteAlphabet {
public:
  ByteAlphabet() {
    bytes.fill(-1);
    int next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      bool isPrintable =
          (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
      bytes[isPrintable ? byte : next++] = byte;
    }
  }

  /// The bytes that `text` stands for, or nothing if it is not of the alphabet.
  std::optional<std::string> decode(llvm::StringRef text) const {
    auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
    auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
    std::string decoded;
    while (at != end) {
      llvm::UTF32 character;
      if (llvm::convertUTF8Sequence(&at, end, &character,
                                    llvm::strictConversion) !=
              llvm::conversionOK ||
          character >= bytes.size() || bytes[character] < 0)
        return std::nullopt;
      decoded.push_back(char(bytes[character]));
    }
    return decoded;
  }

private:
  std::array<int, 324> bytes;
};

bool isNull(const llvm::json::Value *value) {
  return !value || value->getAsNull();
}

/// The "type" of a component, "" if there is none.
llvm::StringRef typeOf(const llvm::json::Object &object) {
  return object.getString("type").value_or("");
}

/// Reads one tokenizer.json.
class TokenizerReader {
public:
  TokenizerReader(const llvm::json::Object &root, llvm::StringRef file,
                  const proto::Vocabulary &vocabulary)
      : root(root), file(file), vocabulary(vocabulary) {
    tables.tokens.resize(vocabulary.size());
  }

  llvm::Expected<TokenizerTables> read() {
    using Step = llvm::Error (TokenizerReader::*)();
    for (Step step :
         {&TokenizerReader::refuseNormalizer,
          &TokenizerReader::readPreTokenizer,
          &TokenizerReader::checkPostProcessor, &TokenizerReader::checkDecoder,
          &TokenizerReader::readModel, &TokenizerReader::readAddedTokens})
      if (llvm::Error error = (this->*step)())
        return std::move(error);
    return std::move(tables);
  }

private:
  llvm::Error error(const llvm::Twine &what) { return errorIn(file, what); }

  llvm::Error refuseNormalizer() {
    const llvm::json::Value *value = root.get("normalizer");
    if (isNull(value))
      return llvm::Error::success();
    const llvm::json::Object *normalizer = value->getAsObject();
    return error("normalizer " +
                 inQuotes(normalizer ? typeOf(*normalizer) : "") +
                 " is not supported; expected null");
  }

  llvm::Error readPreTokenizer() {
    const llvm::json::Object *step = root.getObject("pre_tokenizer");
    if (!step)
      return error("there is no pre_tokenizer; expected ByteLevel");
    if (typeOf(*step) != "Sequence")
      return readPreTokenizerStep(*step, /*isLast=*/true);

    const llvm::json::Array *steps = step->getArray("pretokenizers");
    if (!steps || steps->empty())
      return error("the pre_tokenizer Sequence is empty");
    for (const llvm::json::Value &value : *steps) {
      const llvm::json::Object *part = value.getAsObject();
      if (!part)
        return error("the pre_tokenizer Sequence holds a value that is no "
                     "object");
      if (llvm::Error error =
              readPreTokenizerStep(*part, &value == &steps->back()))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error readPreTokenizerStep(const llvm::json::Object &step,
                                   bool isLast) {
    llvm::StringRef type = typeOf(step);
    if (type == "ByteLevel" && isLast) {
      if (step.getBoolean("use_regex").value_or(true))
        tables.flags |= EKE_TOKENIZER_GPT2_PATTERN;
      if (step.getBoolean("add_prefix_space").value_or(true))
        tables.flags |= EKE_TOKENIZER_PREFIX_SPACE;
      return llvm::Error::success();
    }
    if (type == "Digits" && !isLast) {
      if (!step.getBoolean("individual_digits").value_or(false))
        return error("the pre_tokenizer Digits keeps digits together, which is "
                     "not supported; expected individual_digits");
      tables.flags |= EKE_TOKENIZER_SPLIT_DIGITS;
      return llvm::Error::success();
    }
    return error("the pre_tokenizer " + inQuotes(type) +
                 " is not supported here; expected ByteLevel, alone or behind "
                 "Digits");
  }

  /// What comes before a text is the model's bos; nothing may come after it.
  llvm::Error checkPostProcessor() {
    const llvm::json::Value *value = root.get("post_processor");
    if (isNull(value))
      return llvm::Error::success();
    const llvm::json::Object *processor = value->getAsObject();
    llvm::StringRef type = processor ? typeOf(*processor) : "";
    if (type == "ByteLevel") // only moves the offsets of tokens
      return llvm::Error::success();
    if (type != "TemplateProcessing")
      return error("post_processor " + inQuotes(type) +
                   " is not supported; expected ByteLevel or "
                   "TemplateProcessing");
    const llvm::json::Array *pieces = processor->getArray("single");
    const llvm::json::Object *last =
        pieces && !pieces->empty() ? pieces->back().getAsObject() : nullptr;
    if (!last || !last->get("Sequence") || pieces->size() > 2)
      return error("the post_processor does more than to put one token before "
                   "a text");
    return llvm::Error::success();
  }

  llvm::Error checkDecoder() {
    const llvm::json::Value *value = root.get("decoder");
    if (isNull(value))
      return llvm::Error::success();
    const llvm::json::Object *decoder = value->getAsObject();
    llvm::StringRef type = decoder ? typeOf(*decoder) : "";
    if (type == "ByteLevel")
      return llvm::Error::success();
    return error("decoder " + inQuotes(type) +
                 " is not supported; expected ByteLevel");
  }

  llvm::Error readModel() {
    const llvm::json::Object *model = root.getObject("model");
    if (!model)
      return error("there is no object 'model'");
    if (typeOf(*model) != "BPE")
      return error("model " + inQuotes(typeOf(*model)) +
                   " is not supported; expected BPE");
    for (llvm::StringRef key : {"byte_fallback", "ignore_merges"})
      if (model->getBoolean(key).value_or(false))
        return error("model.'" + key + "' is not supported; expected false");
    if (model->getNumber("dropout").value_or(0) != 0)
      return error("model.'dropout' is not supported; expected null");
    for (llvm::StringRef key :
         {"continuing_subword_prefix", "end_of_word_suffix"})
      if (!model->getString(key).value_or("").empty())
        return error("model.'" + key + "' is not supported; expected null");
    if (llvm::Error error = readVocabulary(*model))
      return error;
    return readMerges(*model);
  }

  llvm::Error readVocabulary(const llvm::json::Object &model) {
    const llvm::json::Object *vocab = model.getObject("vocab");
    if (!vocab)
      return error("model has no object 'vocab'");
    for (const auto &[key, value] : *vocab) {
      llvm::StringRef token = key;
      std::optional<uint64_t> id = value.getAsUINT64();
      if (!id || *id >= vocabulary.size())
        return error("token " + inQuotes(token) + " has no number below " +
                     llvm::Twine(vocabulary.size()) +
                     ", the size of the model's vocabulary");
      if (token.empty())
        return error("token " + llvm::Twine(*id) + " is empty");
      if (!used.insert(*id).second)
        return error("token " + inQuotes(token) + " has the number " +
                     llvm::Twine(*id) + " of another token");
      ids[token] = *id;
      // What is no byte-level text must be an added token.
      std::optional<std::string> bytes = alphabet.decode(token);
      if (!bytes) {
        pending.insert(*id);
        continue;
      }
      if (bytes->size() == 1)
        tables.byteIds[uint8_t(bytes->front())] = *id;
      tables.tokens[*id] = std::move(*bytes);
    }
    return readUnknown(model);
  }

  llvm::Error readUnknown(const llvm::json::Object &model) {
    std::optional<llvm::StringRef> token = model.getString("unk_token");
    if (!token || !llvm::is_contained(tables.byteIds, EKE_NO_TOKEN))
      return llvm::Error::success();
    auto found = ids.find(*token);
    if (found == ids.end())
      return error("the unknown token " + inQuotes(*token) +
                   " is not in the vocabulary");
    tables.unknown = found->second;
    if (model.getBoolean("fuse_unk").value_or(false))
      tables.flags |= EKE_TOKENIZER_FUSE_UNKNOWN;
    return llvm::Error::success();
  }

  llvm::Error readMerges(const llvm::json::Object &model) {
    const llvm::json::Array *merges = model.getArray("merges");
    if (!merges)
      return error("model has no array 'merges'");
    for (const llvm::json::Value &value : *merges) {
      uint32_t rank = tables.merges.size();
      std::optional<std::pair<llvm::StringRef, llvm::StringRef>> pair =
          pairOf(value);
      if (!pair)
        return error("merge " + llvm::Twine(rank) + " is no pair of tokens");
      std::string whole = (pair->first + pair->second).str();
      eke_wide_merge merge{0, 0, rank, 0};
      for (auto [token, id] :
           {std::pair<llvm::StringRef, uint32_t *>(pair->first, &merge.left),
            {pair->second, &merge.right},
            {whole, &merge.result}}) {
        auto found = ids.find(token);
        if (found == ids.end())
          return error("merge " + llvm::Twine(rank) + " needs the token " +
                       inQuotes(token) + ", which is not in the vocabulary");
        *id = found->second;
      }
      tables.merges.push_back(merge);
    }
    if (std::optional<uint32_t> rank = tables.sortMerges())
      return error("merge " + llvm::Twine(*rank) + " repeats an earlier one");
    return llvm::Error::success();
  }

  /// The two parts of a merge, written "a b" or ["a", "b"].
  static std::optional<std::pair<llvm::StringRef, llvm::StringRef>>
  pairOf(const llvm::json::Value &value) {
    if (std::optional<llvm::StringRef> text = value.getAsString()) {
      if (text->count(' ') != 1)
        return std::nullopt;
      return text->split(' ');
    }
    const llvm::json::Array *parts = value.getAsArray();
    if (!parts || parts->size() != 2 || !(*parts)[0].getAsString() ||
        !(*parts)[1].getAsString())
      return std::nullopt;
    return std::pair(*(*parts)[0].getAsString(), *(*parts)[1].getAsString());
  }

  llvm::Error readAddedTokens() {
    const llvm::json::Value *value = root.get("added_tokens");
    if (!isNull(value)) {
      const llvm::json::Array *tokens = value->getAsArray();
      if (!tokens)
        return error("'added_tokens' is no array");
      for (const llvm::json::Value &token : *tokens)
        if (llvm::Error error = readAddedToken(token.getAsObject()))
          return error;
    }
    if (!pending.empty())
      return error("token " + llvm::Twine(*pending.begin()) +
                   " is not written in the byte-level alphabet");
    return llvm::Error::success();
  }

  llvm::Error readAddedToken(const llvm::json::Object *token) {
    std::optional<llvm::StringRef> content;
    if (token)
      content = token->getString("content");
    if (!content || content->empty())
      return error("an added token has no content");
    const llvm::json::Value *number = token->get("id");
    std::optional<uint64_t> id = number ? number->getAsUINT64() : std::nullopt;
    if (!id || *id >= vocabulary.size())
      return error("added token " + inQuotes(*content) +
                   " has no number below " + llvm::Twine(vocabulary.size()) +
                   ", the size of the model's vocabulary");
    for (llvm::StringRef key : {"single_word", "lstrip", "rstrip"})
      if (token->getBoolean(key).value_or(false))
        return error("added token " + inQuotes(*content) + " has '" + key +
                     "', which is not supported");

    auto known = ids.find(*content);
    bool isKnown = known != ids.end();
    if (isKnown ? known->second != *id : !used.insert(*id).second)
      return error("added token " + inQuotes(*content) + " has the number " +
                   llvm::Twine(*id) + ", which contradicts the vocabulary");
    ids[*content] = *id;
    pending.erase(*id);
    if (!added.insert(*id).second)
      return error("added token " + inQuotes(*content) + " is listed twice");
    // Decoded text has the bytes that it is written for, as of any token.
    tables.tokens[*id] = alphabet.decode(*content).value_or(content->str());
    uint32_t flags = 0;
    if (token->getBoolean("special").value_or(false))
      flags |= EKE_ADDED_SPECIAL;
    if (token->getBoolean("normalized").value_or(false))
      flags |= EKE_ADDED_NORMALIZED;
    tables.added.push_back({uint32_t(*id), flags, content->str()});
    return llvm::Error::success();
  }

  const llvm::json::Object &root;
  llvm::StringRef file;
  const proto::Vocabulary &vocabulary;
  const ByteAlphabet alphabet;
  TokenizerTables tables;
  /// Number of each token, by its text in the file.
  llvm::StringMap<uint32_t> ids;
  std::set<uint32_t> used, added, pending;
};

} // namespace

llvm::Expected<std::vector<uint8_t>>
compileTokenizer(llvm::StringRef text, llvm::StringRef file,
                 const proto::Vocabulary &vocabulary) {
  llvm::Expected<llvm::json::Value> json = parseJSON(text, file);
  if (!json)
    return json.takeError();
  const llvm::json::Object *root = json->getAsObject();
  if (!root)
    return errorIn(file, "is not a JSON object");
  auto tables = TokenizerReader(*root, file, vocabulary).read();
  if (!tables)
    return tables.takeError();
  std::optional<std::vector<uint8_t>> blob = tables->serialize();
  if (!blob)
    return errorIn(file, "needs tables of more than 4 GB");
  return std::move(*blob);
}

llvm::Expected<std::vector<uint8_t>>
compileTokenizer(const ModelDescription &description) {
  const proto::Vocabulary &vocabulary = description.model.vocabulary();
  if (vocabulary.tokenizer().empty())
    return std::vector<uint8_t>();
  std::string path = resolvePath(description.directory, vocabulary.tokenizer());
  auto buffer = openText(path);
  if (!buffer)
    return buffer.takeError();
  return compileTokenizer((*buffer)->getBuffer(), path, vocabulary);
}

} // namespace mlir::eke
