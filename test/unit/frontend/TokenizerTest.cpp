//===- TokenizerTest.cpp - tokenizer.json becomes tables ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Tokenizer.h"
#include "compiler/frontend/tokenizer/TokenizerDescription.h"

#include "runtime/include/eke/abi.h"
#include "test/unit/frontend/Inputs.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <cstring>

using namespace mlir::eke;
using namespace mlir::eke::test;

namespace {

/// A blob, read as the runtime reads it.
class Blob {
public:
  explicit Blob(std::vector<uint8_t> bytes) : bytes(std::move(bytes)) {
    std::memcpy(&header, this->bytes.data(), sizeof(header));
  }

  template <typename T> T at(uint32_t offset, size_t index) const {
    T element;
    std::memcpy(&element, &bytes.at(offset + index * sizeof(T)), sizeof(T));
    return element;
  }

  std::string token(uint32_t id) const {
    auto begin = at<uint32_t>(header.token_offsets, id);
    auto end = at<uint32_t>(header.token_offsets, id + 1);
    return {bytes.begin() + header.token_bytes + begin,
            bytes.begin() + header.token_bytes + end};
  }

  std::vector<uint8_t> bytes;
  eke_tokenizer header;
};

proto::Vocabulary vocabularyOf(uint32_t size) {
  proto::Vocabulary vocabulary;
  vocabulary.set_size(size);
  return vocabulary;
}

llvm::Expected<std::vector<uint8_t>> compile(llvm::StringRef text,
                                             uint32_t size = 260) {
  return compileTokenizer(text, "t.json", vocabularyOf(size));
}

/// The text of the tiny tokenizer after `change` to its root object.
template <typename Change> std::string changed(Change change) {
  llvm::json::Value value = llvm::cantFail(llvm::json::parse(tinyTokenizer()));
  change(*value.getAsObject());
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

template <typename Change> std::string errorAfter(Change change) {
  return messageOf(compile(changed(change)));
}

Blob compileOrFail(llvm::StringRef text, uint32_t size = 260) {
  auto bytes = compile(text, size);
  if (bytes)
    return Blob(std::move(*bytes));
  ADD_FAILURE() << llvm::toString(bytes.takeError());
  return Blob(std::vector<uint8_t>(sizeof(eke_tokenizer)));
}

using Object = llvm::json::Object;
using Array = llvm::json::Array;

TEST(Tokenizer, Tables) {
  Blob blob = compileOrFail(tinyTokenizer());
  EXPECT_EQ(blob.header.magic, EKE_TOKENIZER_MAGIC);
  EXPECT_EQ(blob.header.version, EKE_TOKENIZER_VERSION);
  EXPECT_EQ(blob.header.total_bytes, blob.bytes.size());
  EXPECT_EQ(blob.header.vocab, 260u);
  EXPECT_EQ(blob.header.flags, EKE_TOKENIZER_FLOAT_SCORES);
  EXPECT_EQ(blob.header.split_count, 1u);
  for (uint32_t byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(blob.token(byte), std::string(1, char(byte)));
    EXPECT_EQ(blob.at<uint16_t>(blob.header.byte_ids, byte), byte);
  }
  EXPECT_EQ(blob.token(257), "hel");
  EXPECT_EQ(blob.token(258), "<|end|>");
  EXPECT_EQ(blob.token(259), "");

  ASSERT_EQ(blob.header.merge_count, 2u);
  auto first = blob.at<eke_merge>(blob.header.merges, 0);
  EXPECT_EQ(first.left, 'h');
  EXPECT_EQ(first.right, 'e');
  EXPECT_EQ(first.rank, 1);
  EXPECT_EQ(first.result, 256);
  auto second = blob.at<eke_merge>(blob.header.merges, 1);
  EXPECT_EQ(second.left, 256);
  EXPECT_EQ(second.rank, 0);

  ASSERT_EQ(blob.header.added_count, 1u);
  auto added = blob.at<eke_added_token>(blob.header.added, 0);
  EXPECT_EQ(added.id, 258u);
  EXPECT_EQ(added.flags, uint32_t(EKE_ADDED_SPECIAL));
}

TEST(Tokenizer, TablesAreAligned) {
  const eke_tokenizer header = compileOrFail(tinyTokenizer()).header;
  for (uint32_t table :
       {header.token_offsets, header.byte_ids, header.merges, header.added,
        header.splits, header.patterns, header.normalizers, header.sorted})
    EXPECT_EQ(table % 4, 0u);
}

TEST(Tokenizer, WideMerges) {
  Blob blob = compileOrFail(tinyTokenizer(), 65536);
  EXPECT_TRUE(blob.header.flags & EKE_TOKENIZER_WIDE);
  auto merge = blob.at<eke_wide_merge>(blob.header.merges, 1);
  EXPECT_EQ(merge.left, 256u);
  EXPECT_EQ(merge.result, 257u);
  EXPECT_FALSE(compileOrFail(tinyTokenizer(), 65535).header.flags &
               EKE_TOKENIZER_WIDE);
}

/// The steps that cut texts, of a tokenizer with this pre_tokenizer.
std::vector<uint32_t> splitsOf(Object preTokenizer) {
  Blob blob = compileOrFail(changed(
      [&](Object &root) { root["pre_tokenizer"] = std::move(preTokenizer); }));
  std::vector<uint32_t> kinds;
  for (uint32_t i = 0; i < blob.header.split_count; ++i)
    kinds.push_back(blob.at<eke_split>(blob.header.splits, i).kind);
  return kinds;
}

TEST(Tokenizer, PreTokenizers) {
  using Kinds = std::vector<uint32_t>;
  EXPECT_EQ(splitsOf(Object{{"type", "ByteLevel"},
                            {"add_prefix_space", true},
                            {"use_regex", false}}),
            (Kinds{EKE_SPLIT_PREFIX_SPACE}));
  EXPECT_EQ(
      splitsOf(Object{
          {"type", "Sequence"},
          {"pretokenizers",
           Array{Object{{"type", "Digits"}, {"individual_digits", true}},
                 Object{{"type", "ByteLevel"}, {"add_prefix_space", true}}}}}),
      (Kinds{EKE_SPLIT_PATTERN, EKE_SPLIT_PREFIX_SPACE, EKE_SPLIT_PATTERN}));
  EXPECT_EQ(splitsOf(Object{{"type", "Sequence"}, {"pretokenizers", Array{}}}),
            Kinds{});
}

TEST(Tokenizer, RefusesOtherKinds) {
  auto setType = [](llvm::StringRef key, llvm::StringRef type) {
    return errorAfter(
        [&](Object &root) { root[key] = Object{{"type", type}}; });
  };
  EXPECT_EQ(setType("normalizer", "Precompiled"),
            "t.json: the normalizer 'Precompiled' is not supported");
  EXPECT_EQ(setType("pre_tokenizer", "UnicodeScripts"),
            "t.json: the pre_tokenizer 'UnicodeScripts' is not supported");
  EXPECT_EQ(setType("pre_tokenizer", "Sequence"),
            "t.json: the pre_tokenizer Sequence has no array 'pretokenizers'");
  EXPECT_EQ(setType("post_processor", "Other"),
            "t.json: the post_processor 'Other' is not supported");
  EXPECT_MENTIONS(setType("post_processor", "TemplateProcessing"),
                  "has no place for the text");
  EXPECT_EQ(setType("decoder", "CTC"),
            "t.json: the decoder 'CTC' is not supported");
  EXPECT_EQ(errorAfter([](Object &root) {
              Object step{{"type", "ByteLevel"}};
              root["decoder"] =
                  Object{{"type", "Sequence"},
                         {"decoders", Array{Object(step), Object(step)}}};
            }),
            "t.json: the decoder 'ByteLevel' is behind one that joins tokens, "
            "which is not supported");
  EXPECT_EQ(setType("model", "WordLevel"),
            "t.json: model 'WordLevel' is not supported; expected BPE, Unigram "
            "or WordPiece");
  EXPECT_EQ(messageOf(compile("[]")), "t.json: is not a JSON object");
}

/// What is wrong with a pattern, behind its name.
std::string patternError(llvm::StringRef pattern) {
  std::string error = errorAfter([&](Object &root) {
    Object split{{"type", "Split"},
                 {"pattern", Object{{"Regex", pattern}}},
                 {"behavior", "Isolated"}};
    root["pre_tokenizer"] =
        Object{{"type", "Sequence"},
               {"pretokenizers",
                Array{std::move(split), Object{{"type", "ByteLevel"}}}}};
  });
  // The pattern ends the first "' ", as none of those here has a quote inside.
  return error.empty() ? error : error.substr(error.find("' ") + 2);
}

TEST(Tokenizer, RefusesPatterns) {
  const std::pair<const char *, const char *> cases[] = {
      {"a(?=bc)", "looks ahead at more than one character"},
      {"(?<=a)b", "has a group of an unknown kind, '(?<'"},
      {"^a", "has '^'"},
      {R"(a\bc)", R"(has an unknown escape, '\b')"},
      {R"(\p{Han})", "has an unknown property, 'Han'"},
      {"(a", "has a '(' without its ')'"},
      {"a)", "has a ')' without its '('"},
      {"[a", "has a '[' without its ']'"},
      {"*a", "repeats nothing"},
      {"a*", "matches where there is nothing"},
      {"(?:ab)++", "has a possessive quantifier of more than one character"},
      {"[b-a]", "has a range that is none"},
      {"a{2000}", "repeats more than 1000 times"},
      {"(?:ab)*c|a|b", "might take more than linear time"},
      {"a*b*c|a|b", "might take more than linear time"},
  };
  for (auto [pattern, message] : cases)
    EXPECT_EQ(patternError(pattern), message) << pattern;
  for (const char *pattern : {"a(?=b|c|$)", "(?i:ab)c", "(?i)s", "[a-c&&[^b]]+",
                              R"(\s++$|.)", "a{2,3}?", R"([^\d\]x-])"})
    EXPECT_EQ(patternError(pattern), "") << pattern;
}

TEST(Tokenizer, KnowsPublishedSplits) {
  EXPECT_FALSE(TokenizerDescription::findSplits("other"));
  for (const char *name :
       {"bloom", "deepseek-coder", "deepseek-v3", "falcon", "gpt-2", "gpt-4o",
        "llama-bpe", "qwen2", "smollm", "tekken"}) {
    auto splits = TokenizerDescription::findSplits(name);
    ASSERT_TRUE(splits) << name;
    TokenizerDescription description;
    description.splits = *splits;
    description.byteLevel = true;
    EXPECT_EQ(messageOf(compileTokenizer(description, "t.gguf", 260)), "")
        << name;
  }
}

TEST(Tokenizer, TemplateMayAddBos) {
  auto withPieces = [](Array pieces) {
    return changed([&](Object &root) {
      root["post_processor"] = Object{
          {"type", "TemplateProcessing"},
          {"single", std::move(pieces)},
          {"special_tokens", Object{{"<|end|>", Object{{"ids", Array{258}}}}}}};
    });
  };
  Object special{{"SpecialToken", Object{{"id", "<|end|>"}}}};
  Object sequence{{"Sequence", Object{{"id", "A"}}}};
  std::string text = withPieces(Array{Object(special), Object(sequence)});
  EXPECT_EQ(messageOf(compile(text)), ""); // the description has no bos
  proto::Vocabulary vocabulary = vocabularyOf(260);
  vocabulary.set_bos(258);
  EXPECT_EQ(messageOf(compileTokenizer(text, "t.json", vocabulary)), "");
  EXPECT_MENTIONS(messageOf(compileTokenizer(
                      withPieces(Array{Object(sequence), Object(special)}),
                      "t.json", vocabulary)),
                  "does more than to put one token before a text");
}

TEST(Tokenizer, ModelOptions) {
  EXPECT_MENTIONS(errorAfter([](Object &root) {
                    (*root.getObject("model"))["dropout"] = 0.1;
                  }),
                  "model.'dropout' is not supported");
  EXPECT_MENTIONS(errorAfter([](Object &root) {
                    (*root.getObject("model"))["end_of_word_suffix"] = "</w>";
                  }),
                  "model.'end_of_word_suffix' is not supported");
}

TEST(Tokenizer, Vocabulary) {
  auto set = [](llvm::StringRef token, llvm::json::Value id) {
    return errorAfter([&](Object &root) {
      (*root.getObject("model")->getObject("vocab"))[token] = std::move(id);
    });
  };
  EXPECT_MENTIONS(set("x1", 260), "token 'x1' has no number below 260");
  EXPECT_MENTIONS(set("x1", -1), "token 'x1' has no number below 260");
  EXPECT_MENTIONS(set("x1", 1.5), "token 'x1' has no number below 260");
  EXPECT_MENTIONS(set("x1", 3), " has the number 3 of another token");
  EXPECT_MENTIONS(set("", 259), "token 259 is empty");
}

TEST(Tokenizer, Merges) {
  auto withMerge = [](llvm::json::Value merge) {
    return errorAfter([&](Object &root) {
      root.getObject("model")->getArray("merges")->push_back(std::move(merge));
    });
  };
  EXPECT_EQ(withMerge("h e l"), "t.json: merge 2 is no pair of tokens");
  EXPECT_EQ(withMerge(7), "t.json: merge 2 is no pair of tokens");
  EXPECT_EQ(withMerge(Array{"h"}), "t.json: merge 2 is no pair of tokens");
  EXPECT_EQ(withMerge("h q"), "t.json: merge 2 needs the token 'hq', which is "
                              "not in the vocabulary");
  EXPECT_EQ(withMerge("h e"), "t.json: merge 2 repeats an earlier one");
}

TEST(Tokenizer, AddedTokens) {
  auto withToken = [](llvm::json::Value token) {
    return errorAfter([&](Object &root) {
      root.getArray("added_tokens")->push_back(std::move(token));
    });
  };
  EXPECT_EQ(withToken(Object{{"id", 259}, {"content", "<|pad|>"}}), "");
  EXPECT_EQ(withToken(1), "t.json: an added token has no content");
  EXPECT_EQ(withToken(Object{{"id", 259}, {"content", ""}}),
            "t.json: an added token has no content");
  EXPECT_MENTIONS(withToken(Object{{"id", 260}, {"content", "x1"}}),
                  "has no number below 260");
  EXPECT_MENTIONS(withToken(Object{{"id", 3}, {"content", "x1"}}),
                  "which contradicts the vocabulary");
  EXPECT_MENTIONS(withToken(Object{{"id", 259}, {"content", "<|end|>"}}),
                  "which contradicts the vocabulary");
  EXPECT_MENTIONS(withToken(Object{{"id", 258}, {"content", "<|end|>"}}),
                  "is listed twice");
}

TEST(Tokenizer, NoneIsEmpty) {
  ModelDescription description;
  auto blob = compileTokenizer(description);
  ASSERT_TRUE(bool(blob));
  EXPECT_TRUE(blob->empty());
}

} // namespace
