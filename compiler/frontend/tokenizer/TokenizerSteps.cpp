//===- TokenizerSteps.cpp - The steps of tokenizer.json -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"
#include "compiler/frontend/tokenizer/CompileNormalizers.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"
#include "compiler/frontend/tokenizer/Unicode.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke {
namespace {

using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

bool isNull(const Value *value) { return !value || value->getAsNull(); }

/// The "type" of a component, "" if there is none.
llvm::StringRef typeOf(const Object &object) {
  return object.getString("type").value_or("");
}

llvm::Error error(const llvm::Twine &what) {
  return llvm::createStringError(what);
}

/// GPT-2's split, which ByteLevel has inside.
constexpr llvm::StringLiteral gpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
/// What Digits finds: its numbers are of a later version of Unicode than those of patterns.
constexpr llvm::StringLiteral digitsPattern =
    R"([\p{N}\x{11DE0}-\x{11DE9}\x{16FF4}-\x{16FF6}])";

class StepsReader {
public:
  StepsReader(const Object &root, TokenizerDescription &description)
      : root(root), description(description) {}

  llvm::Error read() {
    if (llvm::Error error =
            readAll("normalizer", "normalizers", &StepsReader::readNormalizer))
      return error;
    if (llvm::Error error =
            readAll("pre_tokenizer", "pretokenizers", &StepsReader::readSplit))
      return error;
    if (llvm::Error error =
            readAll("decoder", "decoders", &StepsReader::readDecoder))
      return error;
    finishDecoders();
    return readAll("post_processor", "processors", &StepsReader::readProcessor);
  }

private:
  using Reader = llvm::Error (StepsReader::*)(const Object &);

  /// Reads a component or, of a Sequence, all of its own.
  llvm::Error readAll(llvm::StringRef key, llvm::StringRef list,
                      Reader reader) {
    const Value *value = root.get(key);
    if (isNull(value))
      return llvm::Error::success();
    what = key;
    return readOne(*value, list, reader);
  }

  llvm::Error readOne(const Value &value, llvm::StringRef list, Reader reader) {
    const Object *component = value.getAsObject();
    if (!component)
      return error("the " + what + " is no object");
    if (typeOf(*component) != "Sequence")
      return (this->*reader)(*component);
    const Array *parts = component->getArray(list);
    if (!parts)
      return error("the " + what + " Sequence has no array " + inQuotes(list));
    for (const Value &part : *parts)
      if (llvm::Error error = readOne(part, list, reader))
        return error;
    return llvm::Error::success();
  }

  llvm::Error refuse(const Object &component) {
    return error("the " + what + " " + inQuotes(typeOf(component)) +
                 " is not supported");
  }

  /// A pattern that is {"String": …} or {"Regex": …}.
  llvm::Error readPattern(const Object &component, std::string &pattern,
                          bool &isText) {
    const Object *object = component.getObject("pattern");
    auto text = object ? object->getString("String") : std::nullopt;
    auto regex = object ? object->getString("Regex") : std::nullopt;
    if (!text && !regex)
      return error("the " + what + " " + inQuotes(typeOf(component)) +
                   " has no pattern");
    isText = text.has_value();
    pattern = (text ? *text : *regex).str();
    if (pattern.empty())
      return error("the " + what + " " + inQuotes(typeOf(component)) +
                   " has an empty pattern");
    return llvm::Error::success();
  }

  //===- Normalizers --------------------------------------------------------//

  void push(NormalizerStep::Kind kind) {
    description.normalizers.push_back({kind});
  }

  llvm::Error readNormalizer(const Object &step) {
    using Kind = NormalizerStep::Kind;
    static constexpr std::pair<llvm::StringLiteral, Kind> plain[] = {
        {"NFC", Kind::NFC},
        {"NFD", Kind::NFD},
        {"NFKC", Kind::NFKC},
        {"NFKD", Kind::NFKD},
        {"Lowercase", Kind::Lowercase},
        {"StripAccents", Kind::StripAccents}};
    llvm::StringRef type = typeOf(step);
    for (auto [name, kind] : plain)
      if (type == name) {
        push(kind);
        return llvm::Error::success();
      }
    if (type == "BertNormalizer")
      return readBertNormalizer(step);
    if (type == "Prepend") {
      description.normalizers.push_back(
          {Kind::Prepend, "", false,
           step.getString("prepend").value_or("").str()});
      return llvm::Error::success();
    }
    if (type == "Strip") {
      if (step.getBoolean("strip_left").value_or(true))
        push(Kind::StripLeft);
      if (step.getBoolean("strip_right").value_or(true))
        push(Kind::StripRight);
      return llvm::Error::success();
    }
    if (type == "Replace") {
      NormalizerStep replace = {Kind::Replace};
      replace.content = step.getString("content").value_or("").str();
      if (llvm::Error error =
              readPattern(step, replace.pattern, replace.isText))
        return error;
      description.normalizers.push_back(std::move(replace));
      return llvm::Error::success();
    }
    return refuse(step);
  }

  llvm::Error readBertNormalizer(const Object &step) {
    using Kind = NormalizerStep::Kind;
    bool isLower = step.getBoolean("lowercase").value_or(true);
    if (step.getBoolean("clean_text").value_or(true))
      push(Kind::CleanText);
    if (step.getBoolean("handle_chinese_chars").value_or(true))
      push(Kind::SpaceChinese);
    if (step.getBoolean("strip_accents").value_or(isLower))
      push(Kind::StripMarks);
    if (isLower)
      push(Kind::Lowercase);
    return llvm::Error::success();
  }

  //===- Pre-tokenizers -----------------------------------------------------//

  void split(llvm::StringRef pattern, SplitBehavior behavior,
             bool inverted = false, bool isText = false) {
    description.splits.push_back(
        {SplitStep::Kind::Pattern, pattern.str(), isText, behavior, inverted});
  }

  static std::optional<SplitBehavior> behaviorOf(const Object &step) {
    static constexpr std::pair<llvm::StringLiteral, SplitBehavior> names[] = {
        {"Removed", SplitBehavior::Removed},
        {"Isolated", SplitBehavior::Isolated},
        {"Contiguous", SplitBehavior::Contiguous},
        {"MergedWithPrevious", SplitBehavior::MergedWithPrevious},
        {"MergedWithNext", SplitBehavior::MergedWithNext}};
    for (auto [name, behavior] : names)
      if (step.getString("behavior") == name)
        return behavior;
    return std::nullopt;
  }

  llvm::Error readSplit(const Object &step) {
    llvm::StringRef type = typeOf(step);
    if (description.byteLevel)
      return error("the pre_tokenizer " + inQuotes(type) +
                   " is behind ByteLevel, which is not supported");
    if (type == "ByteLevel") {
      description.byteLevel = true;
      if (step.getBoolean("add_prefix_space").value_or(true))
        description.splits.push_back({SplitStep::Kind::PrefixSpace});
      if (step.getBoolean("use_regex").value_or(true))
        split(gpt2Pattern, SplitBehavior::Isolated);
      return llvm::Error::success();
    }
    if (type == "Metaspace")
      return readMetaspace(step);
    if (type == "Digits") {
      bool isSingle = step.getBoolean("individual_digits").value_or(false);
      split(digitsPattern,
            isSingle ? SplitBehavior::Isolated : SplitBehavior::Contiguous);
      return llvm::Error::success();
    }
    return type == "Split" || type == "Punctuation"
               ? readSplitBehavior(step, type == "Split")
               : readPlainSplit(step);
  }

  llvm::Error readSplitBehavior(const Object &step, bool hasPattern) {
    std::optional<SplitBehavior> behavior = behaviorOf(step);
    if (!behavior && (hasPattern || step.get("behavior")))
      return error("the pre_tokenizer " + inQuotes(typeOf(step)) +
                   " has an unknown behavior");
    if (!hasPattern) {
      split(punctuation, behavior.value_or(SplitBehavior::Isolated));
      return llvm::Error::success();
    }
    std::string pattern;
    bool isText = false;
    if (llvm::Error error = readPattern(step, pattern, isText))
      return error;
    split(pattern, *behavior, step.getBoolean("invert").value_or(false),
          isText);
    return llvm::Error::success();
  }

  llvm::Error readPlainSplit(const Object &step) {
    llvm::StringRef type = typeOf(step);
    if (type == "BertPreTokenizer") {
      split(R"(\s)", SplitBehavior::Removed);
      split(punctuation, SplitBehavior::Isolated);
    } else if (type == "Whitespace") {
      // The library has its own \w here, with characters that join.
      constexpr llvm::StringLiteral word = R"(\w\x{200C}\x{200D}&&[^²³¹¼½¾])";
      split(("[" + word + "]+|[^\\s[" + word + "]]+").str(),
            SplitBehavior::Removed, /*inverted=*/true);
    } else if (type == "WhitespaceSplit") {
      split(R"(\s)", SplitBehavior::Removed);
    } else if (type == "CharDelimiterSplit") {
      auto delimiter = step.getString("delimiter");
      if (!delimiter || delimiter->empty())
        return error("the pre_tokenizer 'CharDelimiterSplit' has no delimiter");
      split(*delimiter, SplitBehavior::Removed, false, /*isText=*/true);
    } else {
      return refuse(step);
    }
    return llvm::Error::success();
  }

  /// Of Metaspace: "always", "first" or "never".
  static llvm::StringRef prefixOf(const Object &step) {
    if (auto scheme = step.getString("prepend_scheme"))
      return *scheme;
    return step.getBoolean("add_prefix_space").value_or(true) ? "always"
                                                              : "never";
  }

  llvm::Error readMetaspace(const Object &step) {
    std::string mark =
        step.getString("replacement").value_or(markedSpaceText).str();
    llvm::StringRef prefix = prefixOf(step);
    description.splits.push_back({SplitStep::Kind::MarkSpaces, mark});
    if (prefix == "always")
      description.splits.push_back({SplitStep::Kind::PrefixSpace});
    else if (prefix == "first")
      description.splits.push_back({SplitStep::Kind::PrefixFirstSpace});
    else if (prefix != "never")
      return error("the pre_tokenizer 'Metaspace' has an unknown "
                   "prepend_scheme " +
                   inQuotes(prefix));
    if (step.getBoolean("split").value_or(true))
      split(mark, SplitBehavior::MergedWithNext, false, /*isText=*/true);
    return llvm::Error::success();
  }

  //===- Decoders -----------------------------------------------------------//

  llvm::Error readDecoder(const Object &step) {
    using Kind = DecoderStep::Kind;
    llvm::StringRef type = typeOf(step);
    auto push = [&](DecoderStep decoder) {
      description.decoders.push_back(std::move(decoder));
      return llvm::Error::success();
    };
    hasDecoder = true;
    if (isFused && type != "Strip")
      return error("the decoder " + inQuotes(type) +
                   " is behind one that joins tokens, which is not supported");
    if (type == "ByteLevel") {
      isFused = true;
      return push({Kind::ByteLevel});
    }
    if (type == "ByteFallback")
      return push({Kind::ByteFallback});
    if (type == "Fuse") {
      isFused = true;
      return llvm::Error::success();
    }
    if (type == "Metaspace") {
      std::string mark =
          step.getString("replacement").value_or(markedSpaceText).str();
      return push(
          {prefixOf(step) == "never" ? Kind::MarkedSpaces : Kind::Metaspace,
           mark});
    }
    if (type == "WordPiece") {
      description.decoders.push_back(
          {Kind::WordPiece, step.getString("prefix").value_or("##").str()});
      return step.getBoolean("cleanup").value_or(true) ? push({Kind::CleanUp})
                                                       : llvm::Error::success();
    }
    if (type == "Replace") {
      DecoderStep replace = {Kind::Replace};
      replace.content = step.getString("content").value_or("").str();
      bool isText = false;
      if (llvm::Error error = readPattern(step, replace.pattern, isText))
        return error;
      if (!isText)
        return error("the decoder 'Replace' has a regular expression, which is "
                     "not supported");
      return push(std::move(replace));
    }
    if (type == "Strip")
      return readStrip(step);
    return refuse(step);
  }

  llvm::Error readStrip(const Object &step) {
    bool isOfSpaces = step.getString("content").value_or(" ") == " ";
    if (!isFused || !isOfSpaces || step.getInteger("stop").value_or(0) != 0)
      return error("the decoder 'Strip' strips more than spaces at the start "
                   "of the text, which is not supported");
    DecoderStep strip = {DecoderStep::Kind::StripStart};
    strip.count =
        std::clamp<int64_t>(step.getInteger("start").value_or(0), 0, 1 << 20);
    if (strip.count > 0)
      description.decoders.push_back(strip);
    return llvm::Error::success();
  }

  /// Without a decoder there are spaces between tokens, of whatever kind.
  void finishDecoders() {
    if (!hasDecoder)
      description.decoders.push_back({description.byteLevel
                                          ? DecoderStep::Kind::ByteLevel
                                          : DecoderStep::Kind::Join});
  }

  //===- Post-processors ----------------------------------------------------//

  llvm::Error readProcessor(const Object &step) {
    llvm::StringRef type = typeOf(step);
    if (type == "ByteLevel") // only moves the offsets of tokens
      return llvm::Error::success();
    if (type == "TemplateProcessing")
      return readTemplate(step);
    if (type == "BertProcessing" || type == "RobertaProcessing") {
      if (llvm::Error error = addPair(step, "cls", description.before))
        return error;
      return addPair(step, "sep", description.after);
    }
    return refuse(step);
  }

  llvm::Error addPair(const Object &step, llvm::StringRef key,
                      std::vector<uint32_t> &ids) {
    const Array *pair = step.getArray(key);
    auto id =
        pair && pair->size() == 2 ? (*pair)[1].getAsUINT64() : std::nullopt;
    if (!id)
      return error("the post_processor " + inQuotes(typeOf(step)) + " has no " +
                   inQuotes(key));
    ids.push_back(*id);
    return llvm::Error::success();
  }

  llvm::Error readTemplate(const Object &step) {
    const Array *pieces = step.getArray("single");
    bool isBehind = false;
    for (const Value &value : pieces ? *pieces : Array()) {
      const Object *piece = value.getAsObject();
      const Object *special =
          piece ? piece->getObject("SpecialToken") : nullptr;
      if (piece && piece->get("Sequence") && !isBehind) {
        isBehind = true;
        continue;
      }
      const Object *tokens = step.getObject("special_tokens");
      const Object *token =
          special && tokens
              ? tokens->getObject(special->getString("id").value_or(""))
              : nullptr;
      const Array *ids = token ? token->getArray("ids") : nullptr;
      for (const Value &id : ids ? *ids : Array())
        if (id.getAsUINT64())
          (isBehind ? description.after : description.before)
              .push_back(*id.getAsUINT64());
      if (!ids)
        return error("the post_processor 'TemplateProcessing' has a piece that "
                     "is neither the text nor a known token");
    }
    if (!isBehind)
      return error("the post_processor 'TemplateProcessing' has no place for "
                   "the text");
    return llvm::Error::success();
  }

  /// ASCII symbols, and what the library calls punctuation.
  static std::string makePunctuation() {
    std::string set = "[";
    auto add = [&](uint32_t code) {
      set += ("\\x{" + llvm::Twine::utohexstr(code) + "}").str();
    };
    const CodeSet all = unicode::getBertPunctuation();
    for (CodeSet::Range range : all.getRanges()) {
      add(range.first);
      set += '-';
      add(range.second);
    }
    return set + "]";
  }

  const Object &root;
  TokenizerDescription &description;
  const std::string punctuation = makePunctuation();
  llvm::StringRef what; ///< the component being read
  bool hasDecoder = false, isFused = false;
};

} // namespace

llvm::Error readTokenizerSteps(const Object &root,
                               TokenizerDescription &description) {
  return StepsReader(root, description).read();
}

} // namespace mlir::eke
