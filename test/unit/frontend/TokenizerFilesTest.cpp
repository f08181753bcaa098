//===- TokenizerFilesTest.cpp - Other files than tokenizer.json -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Tokenizer.h"
#include "compiler/frontend/sentencepiece.pb.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"
#include "runtime/text/Tokenizer.h"
#include "test/unit/frontend/Inputs.h"

using namespace mlir::eke;
using namespace mlir::eke::test;

namespace rt = eke::rt;
namespace sp = eke::sentencepiece;

namespace {

constexpr uint32_t size = 300;

/// A tokenizer with the blob it points to.
struct Opened {
  std::vector<uint8_t> blob;
  rt::Tokenizer tokenizer;

  explicit Opened(llvm::Expected<std::vector<uint8_t>> compiled)
      : blob(llvm::cantFail(std::move(compiled))) {
    EXPECT_EQ(rt::openTokenizer(tokenizer, blob.data(), blob.size()), nullptr);
  }

  std::vector<int32_t> encode(llvm::StringRef text) const {
    rt::EncodeNeeds needs = rt::encodeNeeds(tokenizer, text.size());
    std::vector<int32_t> ids(needs.tokens);
    std::vector<uint64_t> scratch(needs.scratch / 8 + 1);
    ids.resize(rt::encode(tokenizer, {text.data(), text.size()}, ids.data(),
                          scratch.data()));
    return ids;
  }

  std::string decode(const std::vector<int32_t> &ids,
                     bool resumes = false) const {
    std::string text;
    rt::TextStream stream(
        tokenizer,
        [](void *text, const char *data, size_t size) {
          static_cast<std::string *>(text)->append(data, size);
        },
        &text);
    if (resumes)
      stream.resume();
    for (int32_t id : ids)
      stream.write(uint32_t(id));
    stream.finish();
    return text;
  }
};

using Ids = std::vector<int32_t>;

proto::Vocabulary vocabulary() {
  proto::Vocabulary vocabulary;
  vocabulary.set_size(size);
  return vocabulary;
}

std::string errorOfModel(llvm::function_ref<void(sp::Model &)> change) {
  sp::Model model;
  EXPECT_TRUE(model.ParseFromString(tinySentencePiece(/*merges=*/true)));
  change(model);
  return messageOf(
      readSentencePiece(model.SerializeAsString(), "t.model", size));
}

TEST(SentencePiece, EncodesAndDecodes) {
  TestFolder folder;
  for (bool merges : {false, true}) {
    std::string path =
        folder.write("tokenizer.model", tinySentencePiece(merges));
    Opened opened(compileTokenizerFile(path, vocabulary()));
    // the, a user-defined symbol, he; "\n" is a byte or unknown.
    Ids ids = opened.encode("the<x>he");
    EXPECT_EQ(ids, (Ids{6, 2, 5}));
    EXPECT_EQ(opened.decode(ids), "the<x>he");
    EXPECT_EQ(opened.decode(ids, /*resumes=*/true), " the<x>he");
    EXPECT_EQ(opened.encode("t\n").back(), merges ? 3 : 0);
    EXPECT_EQ(opened.decode({0}), " \u2047 ");
    EXPECT_EQ(opened.decode({1}), "");
  }
}

TEST(SentencePiece, RefusesWhatIsNone) {
  EXPECT_EQ(messageOf(readSentencePiece("\xff", "t.model", size)),
            "t.model: is no model of SentencePiece");
  EXPECT_MENTIONS(
      messageOf(readSentencePiece(tinySentencePiece(true), "t.model", 3)),
      "has 11 pieces, more than the 3 tokens of the model");
  EXPECT_EQ(errorOfModel([](sp::Model &) {}), "");
  EXPECT_MENTIONS(errorOfModel([](sp::Model &m) {
                    m.mutable_training()->set_model_type(3);
                  }),
                  "is a model of words or characters");
  EXPECT_MENTIONS(
      errorOfModel([](sp::Model &m) { m.mutable_pieces(5)->set_text("h"); }),
      "piece 'h' is there twice");
  EXPECT_MENTIONS(errorOfModel([](sp::Model &m) {
                    m.mutable_pieces(5)->set_type(sp::Piece::UNUSED);
                  }),
                  "is unused, which is not supported of BPE");
  EXPECT_MENTIONS(errorOfModel([](sp::Model &m) {
                    m.mutable_pieces(0)->set_type(sp::Piece::NORMAL);
                  }),
                  "has no piece for what is unknown");
  EXPECT_MENTIONS(errorOfModel([](sp::Model &m) {
                    m.mutable_normalization()->set_marks_spaces(false);
                  }),
                  "does not mark spaces");
  EXPECT_MENTIONS(errorOfModel([](sp::Model &m) {
                    m.mutable_training()->set_whitespace_as_suffix(true);
                  }),
                  "puts spaces behind words");
}

TEST(SentencePiece, RefusesADamagedMap) {
  sp::Model model;
  model.ParseFromString(tinySentencePiece(true));
  model.mutable_normalization()->set_character_map("abcdefgh");
  auto description =
      readSentencePiece(model.SerializeAsString(), "t.model", size);
  ASSERT_TRUE(bool(description));
  EXPECT_EQ(messageOf(compileTokenizer(*description, "t.model", size)),
            "t.model: the map of characters is damaged");
}

TEST(SentencePiece, KeepsUserDefinedPieces) {
  sp::Model model;
  model.ParseFromString(tinySentencePiece(true));
  // A double array that has the key "x", which becomes "y": the root, whose nodes start
  // at 256; "x" at 256 ^ 'x', with a leaf at the offset 1 from there; the leaf's value.
  std::vector<uint32_t> units(512);
  uint32_t node = 256 ^ 'x';
  units[0] = 256 << 10;
  units[node] = 1 << 10 | 1 << 8 | 'x';
  units[node ^ 1] = 0;
  std::string map(4, '\0');
  map[1] = 8; // 2048 bytes
  for (uint32_t unit : units)
    for (int shift : {0, 8, 16, 24})
      map.push_back(char(unit >> shift));
  map += std::string("y\0", 2);
  model.mutable_normalization()->set_character_map(map);
  auto compile = [&] {
    auto description =
        readSentencePiece(model.SerializeAsString(), "t.model", size);
    return compileTokenizer(llvm::cantFail(std::move(description)), "t.model",
                            size);
  };
  EXPECT_EQ(messageOf(compile()),
            "t.model: the map of characters changes the piece '<x>', which is "
            "defined by the user");
  model.mutable_pieces(2)->set_text("<z>");
  Opened opened(compile());
  EXPECT_EQ(opened.decode(opened.encode("hx<z>")), "h \u2047 <z>");
}

TEST(VocabularyFiles, EncodesAndDecodes) {
  TestFolder folder;
  std::string path = folder.write(
      "vocab.json", R"({"h": 0, "e": 1, "he": 2, "\u0120": 3, "<|x|>": 4})");
  folder.write("merges.txt", "#version: 0.2\nh e\n");
  folder.write("added_tokens.json", R"({"<|y|>": 5})");
  folder.write("tokenizer_config.json",
               R"({"added_tokens_decoder": {"6": {"content": "<|z|>",
                   "special": true, "lstrip": true}}})");
  folder.write("special_tokens_map.json",
               R"({"eos_token": "<|x|>", "pad_token": {"content": "none"}})");
  Opened opened(compileTokenizerFile(path, vocabulary()));
  EXPECT_EQ(opened.encode("he h<|x|><|y|> <|z|>"), (Ids{2, 3, 0, 4, 5, 6}));
  EXPECT_EQ(opened.decode({2, 3, 0, 4, 5}), "he h<|x|><|y|>");
  EXPECT_TRUE(rt::isSpecial(opened.tokenizer, 4));
  EXPECT_FALSE(rt::isSpecial(opened.tokenizer, 5));
  EXPECT_TRUE(rt::isSpecial(opened.tokenizer, 6));
  EXPECT_EQ(listTokenizerFiles(path).size(), 5u);
}

TEST(VocabularyFiles, RefusesWhatIsNone) {
  auto read = [](llvm::StringRef vocabulary, llvm::StringRef merges) {
    return messageOf(
        readVocabulary(vocabulary, merges, "vocab.json", "merges.txt", size));
  };
  EXPECT_EQ(read(R"({"a": 0})", ""), "");
  EXPECT_EQ(read("[]", ""), "vocab.json: is not a JSON object");
  EXPECT_MENTIONS(read(R"({"a": 300})", ""), "has no number below 300");
  EXPECT_MENTIONS(read(R"({"a": 0, "b": 0})", ""),
                  "is empty or has the number of another token");
  EXPECT_EQ(read(R"({"a": 0})", "a b c"),
            "merges.txt: merge 0 is no pair of tokens");
  EXPECT_EQ(read(R"({"a": 0})", "a b"),
            "merges.txt: merge 0 needs the token 'b', which is not in the "
            "vocabulary");
}

} // namespace
