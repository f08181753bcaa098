//===- Tokenizer.cpp - The tokenizer of a GGUF file -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/gguf/Tokenizer.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/gguf/Vocabulary.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {
namespace {

using Kind = TokenDescription::Kind;

constexpr llvm::StringLiteral modelKey = "tokenizer.ggml.model";
/// What SentencePiece writes for a space.
constexpr llvm::StringLiteral mark = "\xe2\x96\x81";

/// The file's number of a token's type.
enum TokenType {
  NormalToken = 1,
  UnknownToken,
  ControlToken,
  UserDefinedToken,
  UnusedToken,
  ByteToken,
};

/// Reads the values that begin with `tokenizer.ggml.`.
class TokenizerReader {
public:
  TokenizerReader(const GGUFMetadata &values, uint32_t size)
      : values(values), size(size) {}

  llvm::Expected<TokenizerDescription> read() {
    auto model = values.getText(modelKey);
    if (!model)
      return model.takeError();
    using Reader = llvm::Error (TokenizerReader::*)();
    constexpr std::pair<llvm::StringLiteral, Reader> known[] = {
        {"bert", &TokenizerReader::readWordPieces},
        {"gpt2", &TokenizerReader::readByteLevel},
        {"llama", &TokenizerReader::readSentencePiece}};
    for (auto [name, reader] : known) {
      if (!*model || **model != name)
        continue;
      description.byteLevel = name == "gpt2";
      if (name == "bert")
        description.model = TokenizerDescription::Model::WordPiece;
      isSentencePiece = name == "llama";
      if (llvm::Error error = readTokens())
        return std::move(error);
      if (llvm::Error error = (this->*reader)())
        return std::move(error);
      return std::move(description);
    }
    return error("the tokenizer " + inQuotes(model->value_or("")) +
                 " is not supported; known are bert, gpt2 and llama");
  }

private:
  llvm::Error error(const llvm::Twine &what) {
    return errorIn(values.getFile(), what);
  }

  static std::string keyOf(llvm::StringRef name) {
    return ("tokenizer.ggml." + name).str();
  }

  llvm::Error readTokens() {
    auto texts = values.getTexts(keyOf("tokens"));
    if (!texts)
      return texts.takeError();
    if (!*texts || (*texts)->empty())
      return error(inQuotes(keyOf("tokens")) + " is missing");
    size_t count = (*texts)->size();
    if (count > size)
      return error("has " + llvm::Twine(count) + " tokens, more than the " +
                   llvm::Twine(size) + " of the model");
    auto types = values.getIntegers(keyOf("token_type"));
    if (!types)
      return types.takeError();
    auto scores = values.getNumbers(keyOf("scores"));
    if (!scores)
      return scores.takeError();
    if ((*types && (*types)->size() != count) ||
        (*scores && (*scores)->size() != count))
      return error("has not as many types or scores as it has tokens, " +
                   llvm::Twine(count));
    if (isSentencePiece && !*scores)
      return error(inQuotes(keyOf("scores")) + " is missing");
    for (size_t id = 0; id < count; ++id) {
      int64_t type = *types ? (**types)[id] : int64_t(NormalToken);
      double score = *scores ? (**scores)[id] : 0;
      if (llvm::Error error = addToken((**texts)[id], type, score))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error addToken(llvm::StringRef text, int64_t type, double score) {
    uint32_t id = description.tokens.size();
    if (text.empty())
      return error("token " + llvm::Twine(id) + " is empty");
    if (!(std::abs(score) <= std::numeric_limits<float>::max()))
      return error("the score of token " + inQuotes(text) +
                   " is no finite number");
    std::optional<Kind> kind = kindOf(type);
    if (!kind)
      return error("token " + inQuotes(text) + " has the unknown type " +
                   llvm::Twine(type));
    description.tokens.push_back({*kind, text.str(), score});
    bool isControl = type == ControlToken || type == UnknownToken;
    // Texts of SentencePiece are split at these as the model of a chat needs it; at
    // those of users by the model itself.
    if (isControl || (type == UserDefinedToken && !isSentencePiece)) {
      AddedTokenDescription added;
      added.id = id;
      added.text = text.str();
      added.special = isControl;
      description.added.push_back(std::move(added));
    }
    return llvm::Error::success();
  }

  /// What is found before the text is split is, to the model, a token like others.
  std::optional<Kind> kindOf(int64_t type) const {
    switch (type) {
    case NormalToken:
      return Kind::Normal;
    case UnknownToken:
      return isSentencePiece ? Kind::Unknown : Kind::Normal;
    case ControlToken:
      return isSentencePiece ? Kind::Control : Kind::Normal;
    case UserDefinedToken:
      return isSentencePiece ? Kind::UserDefined : Kind::Normal;
    case UnusedToken:
      return Kind::Unused;
    case ByteToken:
      return Kind::Byte;
    default:
      return std::nullopt;
    }
  }

  llvm::Error readByteLevel() {
    auto name = values.getText(keyOf("pre"));
    if (!name)
      return name.takeError();
    llvm::StringRef pre = name->value_or("default");
    auto splits = TokenizerDescription::findSplits(pre);
    if (!splits)
      return error(inQuotes(keyOf("pre")) + " is " + inQuotes(pre) +
                   ", a way to split texts that is not known");
    auto prefix = values.getFlag(keyOf("add_space_prefix"));
    if (!prefix)
      return prefix.takeError();
    if (prefix->value_or(false))
      description.splits.push_back({SplitStep::Kind::PrefixSpace});
    for (SplitStep &step : *splits)
      description.splits.push_back(std::move(step));
    description.decoders.push_back({DecoderStep::Kind::ByteLevel});
    description.ignoreMerges = getTokenizerDefaults("gpt2", pre).ignoresMerges;
    return readMerges();
  }

  llvm::Error readMerges() {
    auto merges = values.getTexts(keyOf("merges"));
    if (!merges)
      return merges.takeError();
    if (!*merges)
      return error(inQuotes(keyOf("merges")) + " is missing");
    std::vector<std::pair<llvm::StringRef, llvm::StringRef>> pairs;
    for (llvm::StringRef merge : **merges) {
      size_t space = merge.find(' ', 1);
      if (space == llvm::StringRef::npos)
        return error("merge " + llvm::Twine(pairs.size()) +
                     " is no pair of tokens");
      pairs.push_back({merge.take_front(space), merge.drop_front(space + 1)});
    }
    if (llvm::Error wrong = description.setMerges(pairs))
      return error(llvm::toString(std::move(wrong)));
    return llvm::Error::success();
  }

  /// Pieces that start a word have a mark in front, and those in brackets stand for
  /// themselves; all others continue a word.
  llvm::Error readWordPieces() {
    auto added = description.added.begin(); // in the order of their numbers
    for (auto [id, token] : llvm::enumerate(description.tokens)) {
      bool isAdded = added != description.added.end() && added->id == id;
      added += isAdded;
      llvm::StringRef text = token.text;
      bool isInBrackets = text.starts_with("[") && text.ends_with("]");
      if (token.kind != Kind::Normal || isInBrackets || isAdded)
        continue;
      token.text = text.consume_front(mark)
                       ? text.str()
                       : description.continuingPrefix + text.str();
    }
    auto unknown = values.getSize(keyOf("unknown_token_id"));
    if (!unknown)
      return unknown.takeError();
    uint64_t id = unknown->value_or(wordPieceDefaults.unknown);
    if (id >= description.tokens.size())
      return error(inQuotes(keyOf("unknown_token_id")) + " is " +
                   llvm::Twine(id) + ", which is no token");
    description.unknown = id;
    BertNormalization how;
    auto lowers = values.getFlag(keyOf("normalizer.lowercase"));
    if (!lowers)
      return lowers.takeError();
    how.lowercase = lowers->value_or(how.lowercase);
    auto strips = values.getFlag(keyOf("normalizer.strip_accents"));
    if (!strips)
      return strips.takeError();
    how.stripsAccents = *strips;
    return addWordPieceSteps(how, description);
  }

  llvm::Error readSentencePiece() {
    auto unknown = values.getSize(keyOf("unknown_token_id"));
    if (!unknown)
      return unknown.takeError();
    uint64_t id = unknown->value_or(0);
    if (id >= description.tokens.size())
      return error(inQuotes(keyOf("unknown_token_id")) + " is " +
                   llvm::Twine(id) + ", which is no token");
    auto prefix = values.getFlag(keyOf("add_space_prefix"));
    if (!prefix)
      return prefix.takeError();
    description.unknown = id;
    description.mergesByScore = true;
    description.byteFallback = true;
    description.fuseUnknown = true;
    bool hasPrefix = prefix->value_or(true);
    using Step = NormalizerStep::Kind;
    if (hasPrefix)
      description.normalizers.push_back({Step::Prepend, "", false, " "});
    description.normalizers.push_back({Step::Replace, " ", true, mark.str()});
    using Decoder = DecoderStep::Kind;
    description.decoders.push_back({Decoder::MarkedSpaces, mark.str()});
    description.decoders.push_back({Decoder::ByteFallback});
    if (hasPrefix)
      description.decoders.push_back({Decoder::StripStart, "", "", 1});
    return llvm::Error::success();
  }

  const GGUFMetadata &values;
  uint32_t size;
  bool isSentencePiece = false;
  TokenizerDescription description;
};

} // namespace

bool hasTokenizer(const GGUFMetadata &values) {
  auto model = values.getText(modelKey);
  if (!model) {
    llvm::consumeError(model.takeError());
    return true; // who reads it says what is wrong
  }
  return *model && **model != "no_vocab" && **model != "none";
}

llvm::Expected<TokenizerDescription>
readGGUFTokenizer(const GGUFMetadata &values, uint32_t size) {
  return TokenizerReader(values, size).read();
}

} // namespace mlir::eke
