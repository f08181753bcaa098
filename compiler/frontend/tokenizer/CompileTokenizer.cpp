//===- CompileTokenizer.cpp - A description becomes tables ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where tokens write a sign for a space, the program looks for the space itself: its
// tokens then are what they are decoded to.
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"
#include "compiler/frontend/tokenizer/ByteAlphabet.h"
#include "compiler/frontend/tokenizer/CompileNormalizers.h"
#include "compiler/frontend/tokenizer/CompileSplits.h"
#include "compiler/frontend/tokenizer/TokenDecoder.h"

#include "runtime/text/Normalizer.h"
#include "runtime/text/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <limits>

namespace mlir::eke {

namespace rt = ::eke::rt;

namespace {

using Kind = TokenDescription::Kind;
using Model = TokenizerDescription::Model;

/// A word that is looked at to see whether merges make a token of it.
constexpr size_t longestTried = 256;

/// Makes the tables, part by part.
class TokenizerCompiler {
public:
  TokenizerCompiler(const TokenizerDescription &description, uint32_t size)
      : description(description), decoder(description.decoders) {
    tables.tokens.resize(size);
  }

  llvm::Expected<std::vector<uint8_t>> compile() {
    using Step = llvm::Error (TokenizerCompiler::*)();
    for (Step step :
         {&TokenizerCompiler::checkSizes, &TokenizerCompiler::compileTexts,
          &TokenizerCompiler::compileDecoders, &TokenizerCompiler::decodeTokens,
          &TokenizerCompiler::compileModel, &TokenizerCompiler::compileAdded,
          &TokenizerCompiler::compileWholeWords})
      if (llvm::Error error = (this->*step)())
        return std::move(error);
    return serialize();
  }

private:
  llvm::Expected<std::vector<uint8_t>> serialize() {
    std::optional<std::vector<uint8_t>> blob = tables.serialize();
    if (!blob)
      return llvm::createStringError("needs tables of more than 2 GB");
    return std::move(*blob);
  }

  llvm::Error checkSizes() {
    if (description.tokens.size() > tables.tokens.size())
      return llvm::createStringError(
          "has " + llvm::Twine(description.tokens.size()) +
          " tokens, more than the " + llvm::Twine(tables.tokens.size()) +
          " of the model");
    if (description.unknown && *description.unknown >= tables.tokens.size())
      return llvm::createStringError("has an unknown token that is none");
    for (const MergeDescription &merge : description.merges)
      for (uint32_t token : {merge.left, merge.right, merge.result})
        if (token >= tables.tokens.size())
          return llvm::createStringError("has merges of what are no tokens");
    return llvm::Error::success();
  }

  llvm::Error compileTexts() {
    if (llvm::Error error =
            compileNormalizers(description.normalizers, tables, marked))
      return error;
    if (marked)
      tables.flags |= EKE_TOKENIZER_MARKED_TEXT;
    return compileSplits(description.splits, tables, marked);
  }

  //===- Tokens -------------------------------------------------------------//

  llvm::Error compileDecoders() { return decoder.setFlags(tables); }

  llvm::Error decodeTokens() {
    for (auto [id, token] : llvm::enumerate(description.tokens)) {
      if (token.kind == Kind::Absent)
        continue;
      std::optional<uint8_t> byte = byteOf(token.text);
      bool isByte =
          byte && (token.kind == Kind::Byte || token.kind == Kind::Normal);
      if (isByte && description.byteFallback)
        tables.byteIds[*byte] = id;
      if (token.kind == Kind::Unknown && !description.unknownText.empty())
        tables.tokens[id] = description.unknownText;
      else if (token.kind != Kind::Control)
        tables.tokens[id] = decoder.decode(token.text, isByte);
    }
    for (const AddedTokenDescription &token : description.added) {
      if (token.id >= tables.tokens.size())
        return llvm::createStringError("has an added token that is none");
      auto text = normalized(token);
      if (!text)
        return text.takeError();
      // Decoded is what the library looks for, which is normalized as well.
      std::string written = *text;
      if (marked && token.normalized)
        replaceAll(written, " ", markedSpaceText);
      tables.tokens[token.id] =
          decoder.decode(written, byteOf(written).has_value());
    }
    return llvm::Error::success();
  }

  /// What a token is where the model looks for it; nothing if no text can have it.
  std::optional<std::string> searchedText(const TokenDescription &token) const {
    if (token.kind == Kind::Absent || token.text.empty())
      return std::nullopt;
    if (description.byteLevel)
      return alphabet.decode(token.text);
    if (description.model == Model::WordPiece) {
      llvm::StringRef text = token.text;
      if (text.consume_front(description.continuingPrefix))
        return text.empty() ? std::nullopt : std::optional(text.str());
      return " " + token.text;
    }
    if (!marked)
      return token.text;
    if (token.text.find(' ') != std::string::npos)
      return std::nullopt; // texts have no space any more
    return unmark(token.text);
  }

  void search(uint32_t id, std::string text) {
    if (tables.tokens[id] == text) {
      tables.searched.push_back(id);
      return;
    }
    tables.searched.push_back(tables.tokens.size() + tables.aliases.size());
    tables.aliases.push_back({std::move(text), id});
  }

  //===- Models -------------------------------------------------------------//

  llvm::Error compileModel() {
    tables.unknown = description.unknown.value_or(EKE_NO_TOKEN);
    if (description.fuseUnknown)
      tables.flags |= EKE_TOKENIZER_FUSE_UNKNOWN;
    switch (description.model) {
    case Model::BPE:
      return compileBPE();
    case Model::Unigram:
      return compileUnigram();
    case Model::WordPiece:
      tables.model = EKE_TOKENIZER_LONGEST;
      tables.longestWord = description.longestWord;
      for (auto [id, token] : llvm::enumerate(description.tokens))
        if (std::optional<std::string> text = searchedText(token))
          search(id, std::move(*text));
      return llvm::Error::success();
    }
    return llvm::Error::success();
  }

  llvm::Error compileBPE() {
    if (description.byteLevel) {
      for (auto [id, token] : llvm::enumerate(description.tokens))
        if (std::optional<std::string> text = searchedText(token);
            text && text->size() == 1)
          tables.byteIds[uint8_t(text->front())] = id;
      if (!llvm::is_contained(tables.byteIds, EKE_NO_TOKEN))
        tables.unknown = EKE_NO_TOKEN;
    } else {
      tables.flags |= EKE_TOKENIZER_CHARACTERS;
      for (auto [id, token] : llvm::enumerate(description.tokens))
        if (std::optional<std::string> text = searchedText(token);
            text && token.kind == Kind::Normal &&
            unicode::decode(*text).size() == 1)
          search(id, std::move(*text));
    }
    if (description.mergesByScore)
      mergeByScores();
    for (auto [rank, merge] : llvm::enumerate(description.merges))
      tables.merges.push_back(
          {merge.left, merge.right, uint32_t(rank), merge.result});
    if (std::optional<uint32_t> rank = tables.sortMerges())
      return llvm::createStringError("merge " + llvm::Twine(*rank) +
                                     " repeats an earlier one");
    return llvm::Error::success();
  }

  /// Whether SentencePiece makes the token of a text by its score.
  static bool isFound(const TokenDescription &token) {
    return token.kind == Kind::Normal || token.kind == Kind::UserDefined;
  }

  /// Any two tokens merge that are a third one, by its score.
  void mergeByScores() {
    llvm::StringMap<uint32_t> ids;
    std::vector<uint32_t> order;
    for (auto [id, token] : llvm::enumerate(description.tokens))
      if (token.kind == Kind::Normal) {
        ids.try_emplace(token.text, id);
        order.push_back(id);
      }
    llvm::stable_sort(order, [&](uint32_t a, uint32_t b) {
      return description.tokens[a].score > description.tokens[b].score;
    });
    uint32_t rank = 0;
    for (auto [place, id] : llvm::enumerate(order)) {
      const TokenDescription &token = description.tokens[id];
      if (place > 0 &&
          token.score != description.tokens[order[place - 1]].score)
        ++rank;
      llvm::StringRef text = token.text;
      for (size_t cut = 1; cut < std::min(text.size(), size_t(1024)); ++cut) {
        auto left = ids.find(text.take_front(cut));
        auto right = ids.find(text.drop_front(cut));
        if (left != ids.end() && right != ids.end())
          tables.merges.push_back({left->second, right->second, rank, id});
      }
    }
  }

  llvm::Error compileUnigram() {
    tables.model = EKE_TOKENIZER_SCORES;
    if (description.sumsSingle)
      tables.flags |= EKE_TOKENIZER_SINGLE;
    if (!description.unknown)
      return llvm::createStringError("has scores, but no unknown token");
    double least = std::numeric_limits<double>::max();
    for (const TokenDescription &token : description.tokens)
      if (token.kind == Kind::Normal)
        least = std::min(least, token.score);
    for (auto [id, token] : llvm::enumerate(description.tokens))
      if (std::optional<std::string> text = searchedText(token);
          text && isFound(token))
        search(id, std::move(*text));
    auto scoreOf = [&](uint32_t id) {
      if (id >= description.tokens.size())
        return 0.0;
      const TokenDescription &token = description.tokens[id];
      // SentencePiece's way to prefer these, the more the longer they are.
      double bonus = 0.1 * double(token.text.size()) - 0.1;
      return token.kind == Kind::UserDefined ? double(float(bonus))
                                             : token.score;
    };
    for (uint32_t id = 0; id < tables.tokens.size(); ++id)
      tables.scores.push_back(scoreOf(id));
    for (const auto &[text, id] : tables.aliases)
      tables.scores.push_back(scoreOf(id));
    constexpr double penalty = 10;
    double unknown = least - penalty;
    tables.scores.push_back(description.sumsSingle ? double(float(unknown))
                                                   : unknown);
    return llvm::Error::success();
  }

  //===- Added tokens -------------------------------------------------------//

  static uint32_t flagsOf(const AddedTokenDescription &token) {
    uint32_t flags = 0;
    if (token.special)
      flags |= EKE_ADDED_SPECIAL;
    if (token.singleWord)
      flags |= EKE_ADDED_SINGLE_WORD;
    if (token.leftStrip)
      flags |= EKE_ADDED_LEFT_STRIP;
    if (token.rightStrip)
      flags |= EKE_ADDED_RIGHT_STRIP;
    if (token.text.find(' ') != std::string::npos)
      flags |= EKE_ADDED_LITERAL;
    return flags;
  }

  llvm::Error compileAdded() {
    for (const AddedTokenDescription &token : description.added) {
      AddedToken added = {token.id, flagsOf(token), token.text};
      if (token.singleWord && tables.wordChars.isEmpty())
        tables.wordChars = unicode::getWordChars() | CodeSet(0x200c, 0x200d);
      if (!token.normalized) {
        tables.addedFirst.push_back(std::move(added));
        continue;
      }
      auto text = normalized(token);
      if (!text)
        return text.takeError();
      added.text = std::move(*text);
      if (!added.text.empty())
        tables.addedNormalized.push_back(std::move(added));
    }
    if (llvm::Error error = checkUserDefined())
      return error;
    // SentencePiece finds these in front of its merges.
    if (description.model == Model::BPE)
      for (auto [id, token] : llvm::enumerate(description.tokens))
        if (token.kind == Kind::UserDefined && !token.text.empty())
          tables.addedNormalized.push_back(
              {uint32_t(id), 0, marked ? unmark(token.text) : token.text});
    return llvm::Error::success();
  }

  /// SentencePiece keeps these as they are in front of its map of characters; the program
  /// knows no such exceptions.
  llvm::Error checkUserDefined() {
    TokenizerTables maps;
    bool isMarked = false;
    for (const NormalizerStep &step : description.normalizers)
      if (step.kind == NormalizerStep::Kind::CharacterMap)
        if (llvm::Error error = compileNormalizers(step, maps, isMarked))
          return error;
    std::optional<std::vector<uint8_t>> blob;
    if (!maps.normalizers.empty())
      blob = maps.serialize();
    rt::Tokenizer mapper;
    if (!blob || rt::openTokenizer(mapper, blob->data(), blob->size()))
      return llvm::Error::success();
    for (const TokenDescription &token : description.tokens) {
      if (token.kind != Kind::UserDefined)
        continue;
      size_t capacity = token.text.size() * maps.growth + 16;
      std::vector<char> buffers(2 * capacity);
      rt::Bytes mapped =
          rt::normalize(mapper, {token.text.data(), token.text.size()},
                        buffers.data(), buffers.data() + capacity, capacity);
      if (llvm::StringRef(mapped.data, mapped.size) != token.text)
        return llvm::createStringError(
            "the map of characters changes the piece " + inQuotes(token.text) +
            ", which is defined by the user");
    }
    return llvm::Error::success();
  }

  /// What the program looks for to find an added token.
  llvm::Expected<std::string> normalized(const AddedTokenDescription &token) {
    llvm::StringRef text = token.text;
    if (!token.normalized || tables.normalizers.empty())
      return text.str();
    if (!opened)
      if (llvm::Error error = open())
        return std::move(error);
    size_t capacity = text.size() * tables.growth + tables.extra + 16;
    std::vector<char> buffers(2 * capacity);
    rt::Bytes result =
        rt::normalize(tokenizer, {text.data(), text.size()}, buffers.data(),
                      buffers.data() + capacity, capacity);
    return std::string(result.data, result.size);
  }

  /// Opens what there is of the tables as a program does.
  llvm::Error open() {
    auto blob = serialize();
    if (!blob)
      return blob.takeError();
    opened = std::move(*blob);
    if (const char *problem =
            rt::openTokenizer(tokenizer, opened->data(), opened->size()))
      return llvm::createStringError(llvm::Twine("has tables that are ") +
                                     problem);
    return llvm::Error::success();
  }

  /// With ignore_merges a word may be a token that merges do not lead to. Only these are
  /// searched for.
  llvm::Error compileWholeWords() {
    if (description.model != Model::BPE || !description.ignoreMerges)
      return llvm::Error::success();
    if (llvm::Error error = open())
      return error;
    std::vector<std::pair<uint32_t, std::string>> found;
    for (auto [id, token] : llvm::enumerate(description.tokens))
      if (std::optional<std::string> text = searchedText(token);
          text && !text->empty() && !isMerged(id, *text))
        found.push_back({uint32_t(id), std::move(*text)});
    for (auto &[id, text] : found)
      search(id, std::move(text));
    if (!found.empty())
      tables.flags |= EKE_TOKENIZER_WHOLE_WORDS;
    return llvm::Error::success();
  }

  /// Whether merges make the token of its own text.
  bool isMerged(uint32_t id, const std::string &text) {
    if (text.size() > longestTried)
      return false;
    std::vector<int32_t> ids(text.size());
    std::vector<uint64_t> scratch((text.size() + 1) * rt::scratchPerByte / 8 +
                                  1);
    size_t count = rt::mergeWord(tokenizer, {text.data(), text.size()},
                                 ids.data(), scratch.data());
    return count == 1 && uint32_t(ids[0]) == id;
  }

  const TokenizerDescription &description;
  const TokenDecoder decoder;
  const ByteAlphabet alphabet;
  TokenizerTables tables;
  bool marked = false; ///< a space in the program's text is the sign for one
  std::optional<std::vector<uint8_t>> opened;
  rt::Tokenizer tokenizer;
};

} // namespace

llvm::Error TokenizerDescription::setMerges(
    const std::vector<std::pair<llvm::StringRef, llvm::StringRef>> &pairs) {
  llvm::StringMap<uint32_t> ids;
  for (auto [id, token] : llvm::enumerate(tokens))
    if (token.kind != Kind::Absent)
      ids.try_emplace(token.text, id);
  for (auto [rank, pair] : llvm::enumerate(pairs)) {
    std::string whole = (pair.first + pair.second).str();
    uint32_t numbers[3];
    llvm::StringRef texts[3] = {pair.first, pair.second, whole};
    for (int i = 0; i < 3; ++i) {
      auto found = ids.find(texts[i]);
      if (found == ids.end())
        return llvm::createStringError(
            "merge " + llvm::Twine(rank) + " needs the token " +
            inQuotes(texts[i]) + ", which is not in the vocabulary");
      numbers[i] = found->second;
    }
    merges.push_back({numbers[0], numbers[1], numbers[2]});
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<uint8_t>>
compileTokenizer(const TokenizerDescription &description, llvm::StringRef file,
                 uint32_t vocabularySize) {
  auto blob = TokenizerCompiler(description, vocabularySize).compile();
  if (!blob)
    return errorIn(file, llvm::toString(blob.takeError()));
  return blob;
}

} // namespace mlir::eke
