//===- TokenizerTest.cpp - tokenizer.json becomes tables ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Tokenizer.h"

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

  bool contains(uint32_t table, uint32_t count, uint32_t code) const {
    for (uint32_t i = 0; i < count; ++i) {
      auto range = at<eke_char_range>(table, i);
      if (range.first <= code && code <= range.last)
        return true;
    }
    return false;
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
  EXPECT_EQ(blob.header.flags, EKE_TOKENIZER_GPT2_PATTERN);
  for (uint32_t byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(blob.token(byte), std::string(1, char(byte)));
    EXPECT_EQ(blob.at<uint32_t>(blob.header.byte_ids, byte), byte);
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
        header.letters, header.numbers, header.spaces})
    EXPECT_EQ(table % 4, 0u);
}

TEST(Tokenizer, Unicode) {
  Blob blob = compileOrFail(tinyTokenizer());
  const eke_tokenizer &h = blob.header;
  for (uint32_t letter : {0x41, 0x7a, 0xaa, 0xe9, 0x3b1, 0x4e2d, 0x20000})
    EXPECT_TRUE(blob.contains(h.letters, h.letter_count, letter)) << letter;
  for (uint32_t other : {0x30, 0x5f, 0x300, 0xb2, 0x20, 0x1f600})
    EXPECT_FALSE(blob.contains(h.letters, h.letter_count, other)) << other;
  for (uint32_t number : {0x30, 0x39, 0xb2, 0xbd, 0x661, 0x2160})
    EXPECT_TRUE(blob.contains(h.numbers, h.number_count, number)) << number;
  for (uint32_t space : {0x9, 0xa, 0xd, 0x20, 0x85, 0xa0, 0x2003, 0x3000})
    EXPECT_TRUE(blob.contains(h.spaces, h.space_count, space)) << space;
  for (uint32_t other : {0x0, 0x1c, 0x200b, 0xfeff})
    EXPECT_FALSE(blob.contains(h.spaces, h.space_count, other)) << other;
}

TEST(Tokenizer, WideMerges) {
  Blob blob = compileOrFail(tinyTokenizer(), 65537);
  EXPECT_TRUE(blob.header.flags & EKE_TOKENIZER_WIDE);
  auto merge = blob.at<eke_wide_merge>(blob.header.merges, 1);
  EXPECT_EQ(merge.left, 256u);
  EXPECT_EQ(merge.result, 257u);
  EXPECT_FALSE(compileOrFail(tinyTokenizer(), 65536).header.flags &
               EKE_TOKENIZER_WIDE);
}

TEST(Tokenizer, PreTokenizers) {
  auto flagsOf = [](Object preTokenizer) {
    return compileOrFail(changed([&](Object &root) {
             root["pre_tokenizer"] = std::move(preTokenizer);
           }))
        .header.flags;
  };
  EXPECT_EQ(flagsOf(Object{{"type", "ByteLevel"},
                           {"add_prefix_space", true},
                           {"use_regex", false}}),
            EKE_TOKENIZER_PREFIX_SPACE);
  EXPECT_EQ(
      flagsOf(Object{
          {"type", "Sequence"},
          {"pretokenizers",
           Array{Object{{"type", "Digits"}, {"individual_digits", true}},
                 Object{{"type", "ByteLevel"}, {"add_prefix_space", false}}}}}),
      EKE_TOKENIZER_SPLIT_DIGITS | EKE_TOKENIZER_GPT2_PATTERN);
}

TEST(Tokenizer, RefusesOtherKinds) {
  auto setType = [](llvm::StringRef key, llvm::StringRef type) {
    return errorAfter(
        [&](Object &root) { root[key] = Object{{"type", type}}; });
  };
  EXPECT_EQ(setType("normalizer", "NFC"),
            "t.json: normalizer 'NFC' is not supported; expected null");
  EXPECT_MENTIONS(setType("pre_tokenizer", "Metaspace"),
                  "the pre_tokenizer 'Metaspace' is not supported here");
  EXPECT_MENTIONS(setType("pre_tokenizer", "Digits"),
                  "the pre_tokenizer 'Digits' is not supported here");
  EXPECT_MENTIONS(setType("pre_tokenizer", "Sequence"),
                  "the pre_tokenizer Sequence is empty");
  EXPECT_MENTIONS(setType("post_processor", "RobertaProcessing"),
                  "post_processor 'RobertaProcessing' is not supported");
  EXPECT_MENTIONS(setType("post_processor", "TemplateProcessing"),
                  "does more than to put one token before a text");
  EXPECT_MENTIONS(setType("decoder", "Metaspace"),
                  "decoder 'Metaspace' is not supported");
  EXPECT_EQ(setType("model", "Unigram"),
            "t.json: model 'Unigram' is not supported; expected BPE");
  EXPECT_EQ(errorAfter([](Object &root) { root.erase("pre_tokenizer"); }),
            "t.json: there is no pre_tokenizer; expected ByteLevel");
  EXPECT_EQ(messageOf(compile("[]")), "t.json: is not a JSON object");
}

TEST(Tokenizer, TemplateMayAddBos) {
  auto withPieces = [](Array pieces) {
    return changed([&](Object &root) {
      root["post_processor"] =
          Object{{"type", "TemplateProcessing"}, {"single", std::move(pieces)}};
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
  for (llvm::StringRef key : {"byte_fallback", "ignore_merges"})
    EXPECT_EQ(
        errorAfter(
            [&](Object &root) { (*root.getObject("model"))[key] = true; }),
        ("t.json: model.'" + key + "' is not supported; expected false").str());
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
  EXPECT_MENTIONS(set("a b", 259),
                  "token 259 is not written in the byte-level alphabet");
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
  EXPECT_MENTIONS(
      withToken(Object{{"id", 259}, {"content", "x1"}, {"lstrip", true}}),
      "has 'lstrip', which is not supported");
}

TEST(Tokenizer, NoneIsEmpty) {
  ModelDescription description;
  auto blob = compileTokenizer(description);
  ASSERT_TRUE(bool(blob));
  EXPECT_TRUE(blob->empty());
}

} // namespace
