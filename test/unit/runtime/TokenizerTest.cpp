//===- TokenizerTest.cpp - Byte-level BPE ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables come from tokenizer.json through the front end. References: counts
// and texts published with the model, a naive implementation, and the Hugging
// Face library where Python has it.
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"
#include "runtime/text/Splitter.h"

#include "compiler/frontend/Tokenizer.h"
#include "test/unit/frontend/Inputs.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <unistd.h>

using namespace eke::rt;

namespace {

const std::string modelFolder = MODEL_FOLDER;

std::string readAll(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    ADD_FAILURE() << path;
    return "";
  }
  return (*buffer)->getBuffer().str();
}

llvm::json::Value parse(const std::string &text) {
  return llvm::cantFail(llvm::json::parse(text));
}

/// A tokenizer with the blob it points to.
struct Owned {
  std::vector<uint8_t> blob;
  Tokenizer tokenizer;

  explicit Owned(const std::string &json, uint32_t size = 2048) {
    mlir::eke::proto::Vocabulary vocabulary;
    vocabulary.set_size(size);
    blob = llvm::cantFail(
        mlir::eke::compileTokenizer(json, "tokenizer.json", vocabulary));
    EXPECT_EQ(openTokenizer(tokenizer, blob.data(), blob.size()), nullptr);
  }

  std::vector<int32_t> encode(const std::string &text) const {
    EncodeNeeds needs = encodeNeeds(tokenizer, text.size());
    std::vector<int32_t> ids(needs.tokens);
    std::vector<uint64_t> scratch(needs.scratch / 8 + 1);
    ids.resize(eke::rt::encode(tokenizer, {text.data(), text.size()},
                               ids.data(), scratch.data()));
    return ids;
  }

  std::string decode(const std::vector<int32_t> &ids) const {
    std::string text;
    TextStream stream(tokenizer, append, &text);
    for (int32_t id : ids)
      stream.write(uint32_t(id));
    stream.finish();
    return text;
  }

  std::vector<std::string> words(const std::string &text) const {
    std::vector<std::string> result;
    Splitter splitter(tokenizer, {text.data(), text.size()}, nullptr, 0,
                      nullptr);
    for (Word word; splitter.next(word);)
      result.push_back((word.spaceBefore ? "_" : "") +
                       std::string(word.text.data, word.text.size));
    return result;
  }

  static void append(void *ctx, const char *text, size_t size) {
    static_cast<std::string *>(ctx)->append(text, size);
  }
};

const Owned &model() {
  static Owned owned(readAll(modelFolder + "/tokenizer.json"));
  return owned;
}

//===- Published results --------------------------------------------------===//

TEST(Tokenizer, EncodesThePublishedPrompt) {
  // golden.safetensors: 8 bytes header size, header, data.
  std::string file = readAll(modelFolder + "/golden.safetensors");
  uint64_t headerSize;
  memcpy(&headerSize, file.data(), 8);
  llvm::json::Value header = parse(file.substr(8, headerSize));
  const llvm::json::Object *tokens = header.getAsObject()->getObject("tokens");
  const llvm::json::Array &offsets = *tokens->getArray("data_offsets");
  size_t begin = 8 + headerSize + *offsets[0].getAsUINT64();
  size_t size = *offsets[1].getAsUINT64() - *offsets[0].getAsUINT64();
  size_t width = tokens->getString("dtype") == "I64" ? 8 : 4;
  std::vector<int32_t> ids;
  for (size_t i = 0; i < size; i += width) {
    int32_t id; // little-endian: the low half of a wider one
    memcpy(&id, file.data() + begin + i, 4);
    ids.push_back(id);
  }
  ASSERT_GT(ids.size(), 10u);
  ASSERT_EQ(ids[0], 0); // starts every sequence
  ids.erase(ids.begin());
  EXPECT_EQ(model().encode(model().decode(ids)), ids);
}

TEST(Tokenizer, FindsThePublishedNumberOfTokens) {
  llvm::json::Value golden = parse(readAll(modelFolder + "/golden.json"));
  const llvm::json::Object &object = *golden.getAsObject();
  std::string text = readAll(modelFolder + "/eval.txt");
  EXPECT_EQ(int64_t(model().encode(text).size()),
            object.getInteger("tokens_scored"));
  text.resize(size_t(*object.getInteger("short_bytes")));
  EXPECT_EQ(int64_t(model().encode(text).size()),
            object.getInteger("short_tokens_scored"));
}

TEST(Tokenizer, DecodesThePublishedContinuations) {
  llvm::json::Value golden = parse(readAll(modelFolder + "/golden.json"));
  for (const llvm::json::Value &value :
       *golden.getAsObject()->getArray("greedy")) {
    const llvm::json::Object &item = *value.getAsObject();
    std::vector<int32_t> ids;
    for (const llvm::json::Value &id : *item.getArray("ids"))
      ids.push_back(int32_t(*id.getAsInteger()));
    EXPECT_EQ(model().decode(ids), item.getString("text"));
  }
}

//===- The pattern, by its definition -------------------------------------===//

TEST(Splitter, FollowsThePattern) {
  const std::pair<const char *, std::vector<std::string>> cases[] = {
      {"", {}},
      {"Hello world", {"Hello", " world"}},
      {"a  b", {"a", " ", " b"}},
      {"a   ", {"a", "   "}},
      {"a\n\nb", {"a", "\n", "\n", "b"}},
      {"a\n b", {"a", "\n", " b"}},
      {"\n", {"\n"}},
      {" \n", {" \n"}},
      {" ", {" "}},
      {"I'm we'll they've 's 't",
       {"I", "'m", " we", "'ll", " they", "'ve", " '", "s", " '", "t"}},
      {"'sample'redo'lx", {"'s", "ample", "'re", "do", "'", "lx"}},
      {"''s", {"''", "s"}},
      {"'", {"'"}},
      {"x1y22 333", {"x", "1", "y", "22", " 333"}},
      {"a-b --c", {"a", "-", "b", " --", "c"}},
      {"na\xc3\xafve \xe6\xbc\xa2\xe5\xad\x97\xd9\xa3",
       {"na\xc3\xafve", " \xe6\xbc\xa2\xe5\xad\x97", "\xd9\xa3"}},
      // No-break and ideographic space are white space, but no ' '.
      {"a\xc2\xa0"
       "b\xe3\x80\x80\xe3\x80\x80"
       "c",
       {"a", "\xc2\xa0", "b", "\xe3\x80\x80", "\xe3\x80\x80", "c"}},
      {"\xc2\xbd\xe2\x85\xa7", {"\xc2\xbd\xe2\x85\xa7"}}, // 1/2, VIII: \p{N}
      {"a<|endoftext|>b", {"a", "<|endoftext|>", "b"}},
      {"<|endoftext|><|endoftext|>", {"<|endoftext|>", "<|endoftext|>"}},
      {"a <|endoftext|>", {"a", " ", "<|endoftext|>"}},
      {"<|endoftext|", {"<|", "endoftext", "|"}},
      {"a\xff\xfe b", {"a", "\xff\xfe", " b"}},
  };
  for (auto &[text, words] : cases)
    EXPECT_EQ(model().words(text), words) << text;
}

/// The model's tokenizer with another pre-tokenizer.
Owned withPreTokenizer(const std::string &json) {
  llvm::json::Value root = parse(readAll(modelFolder + "/tokenizer.json"));
  (*root.getAsObject())["pre_tokenizer"] = parse(json);
  return Owned(llvm::formatv("{0}", root).str());
}

std::string byteLevel(bool prefixSpace, bool pattern) {
  return llvm::formatv(R"({{"type":"ByteLevel","add_prefix_space":{0},)"
                       R"("trim_offsets":true,"use_regex":{1}})",
                       prefixSpace ? "true" : "false",
                       pattern ? "true" : "false");
}

TEST(Splitter, AddsAPrefixSpace) {
  Owned owned = withPreTokenizer(byteLevel(true, true));
  using Words = std::vector<std::string>;
  EXPECT_EQ(owned.words("a b"), (Words{"_a", " b"}));
  EXPECT_EQ(owned.words(" a"), (Words{" a"}));
  EXPECT_EQ(owned.words("'s"), (Words{"_'", "s"}));
  EXPECT_EQ(owned.words("\na"), (Words{"_", "\n", "a"}));
  EXPECT_EQ(owned.words("\n\na"), (Words{"_\n", "\n", "a"}));
  EXPECT_EQ(owned.words("\n"), (Words{"_\n"}));
  EXPECT_EQ(owned.words("a<|endoftext|>b"),
            (Words{"_a", "<|endoftext|>", "_b"}));
  EXPECT_EQ(owned.words(""), (Words{}));
  EXPECT_EQ(owned.encode("a"), model().encode(" a"));
}

TEST(Splitter, SplitsDigitsFirst) {
  Owned owned =
      withPreTokenizer(R"({"type":"Sequence","pretokenizers":[)"
                       R"({"type":"Digits","individual_digits":true},)" +
                       byteLevel(false, true) + "]}");
  using Words = std::vector<std::string>;
  EXPECT_EQ(owned.words("in 1999, a2b"),
            (Words{"in", " ", "1", "9", "9", "9", ",", " a", "2", "b"}));
  EXPECT_EQ(owned.words("<|endoftext|>7<|endoftext|>"),
            (Words{"<|endoftext|>", "7", "<|endoftext|>"}));
}

TEST(Splitter, KeepsOneWordWithoutThePattern) {
  Owned owned = withPreTokenizer(byteLevel(false, false));
  using Words = std::vector<std::string>;
  EXPECT_EQ(owned.words("one two<|endoftext|>\n three"),
            (Words{"one two", "<|endoftext|>", "\n three"}));
}

TEST(Splitter, TakesNoEmptyMatch) {
  // A table that says that a match ends where it starts would give words for ever.
  std::vector<uint8_t> blob = model().blob;
  auto *header = reinterpret_cast<const eke_tokenizer *>(blob.data());
  auto *pattern =
      reinterpret_cast<const eke_pattern *>(blob.data() + header->patterns);
  auto *states = reinterpret_cast<uint16_t *>(blob.data() + pattern->states);
  uint32_t columns = pattern->class_count + 1;
  for (uint32_t i = 0; i < columns; ++i)
    states[columns + i] |= EKE_PATTERN_MATCH;
  Tokenizer tokenizer;
  ASSERT_EQ(openTokenizer(tokenizer, blob.data(), blob.size()), nullptr);
  Splitter splitter(tokenizer, {"a b", 3}, nullptr, 0, nullptr);
  size_t count = 0;
  for (Word word; count < 10 && splitter.next(word);)
    ++count;
  EXPECT_LE(count, 3u);
}

//===- Merging, against a naive implementation ----------------------------===//

/// Merges one word by looking for the pair of lowest rank again and again.
class NaiveMerger {
public:
  explicit NaiveMerger(const Owned &owned) : owned(owned) {
    const eke_tokenizer &header = *owned.tokenizer.header;
    auto *merges = static_cast<const eke_merge *>(owned.tokenizer.merges);
    EXPECT_FALSE(header.flags & EKE_TOKENIZER_WIDE);
    for (uint32_t i = 0; i < header.merge_count; ++i)
      table[{merges[i].left, merges[i].right}] = {merges[i].rank,
                                                  merges[i].result};
  }

  void encodeWord(const std::string &word, std::vector<int32_t> &ids) const {
    std::vector<int32_t> symbols;
    for (char c : word)
      symbols.push_back(int32_t(owned.tokenizer.byteId(uint8_t(c))));
    for (;;) {
      size_t best = symbols.size();
      std::pair<int32_t, int32_t> bestMerge = {INT32_MAX, 0};
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        auto found = table.find({symbols[i], symbols[i + 1]});
        if (found != table.end() && found->second.first < bestMerge.first) {
          best = i;
          bestMerge = found->second;
        }
      }
      if (best == symbols.size())
        break;
      symbols[best] = bestMerge.second;
      symbols.erase(symbols.begin() + int64_t(best) + 1);
    }
    ids.insert(ids.end(), symbols.begin(), symbols.end());
  }

  std::vector<int32_t> encode(const std::string &text) const {
    std::vector<int32_t> ids;
    for (const std::string &word : owned.words(text))
      encodeWord(word, ids);
    return ids;
  }

private:
  const Owned &owned;
  std::map<std::pair<int32_t, int32_t>, std::pair<int32_t, int32_t>> table;
};

TEST(Encode, MergesAsTheNaiveImplementation) {
  NaiveMerger naive(model());
  std::mt19937 random(1);
  const char alphabet[] = "aeiou  tnrs=-_.:\n'12";
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (size_t n = random() % 60; n > 0; --n)
      text.push_back(i % 3 == 0 ? char(random())
                                : alphabet[random() % (sizeof(alphabet) - 1)]);
    ASSERT_EQ(model().encode(text), naive.encode(text)) << text;
  }
  for (char c : {'a', '=', ' ', '\n', '0'}) {
    std::string text(777, c);
    EXPECT_EQ(model().encode(text), naive.encode(text));
  }
}

TEST(Encode, DecodesToTheSameText) {
  std::mt19937 random(2);
  for (int i = 0; i < 500; ++i) {
    std::string bytes;
    for (size_t n = random() % 40; n > 0; --n)
      bytes.push_back(char(random()));
    std::string joined;
    for (int32_t id : model().encode(bytes)) {
      Bytes token = model().tokenizer.token(uint32_t(id));
      joined.append(token.data, token.size);
    }
    EXPECT_EQ(joined, bytes);
  }
}

TEST(Encode, TakesLongWordsInAlmostLinearTime) {
  // A quadratic algorithm would take minutes here, past the test's time limit.
  std::string text;
  for (int i = 0; i < 400000; ++i)
    text.push_back("abcdefghij"[i * 7 / 3 % 10]);
  EXPECT_EQ(model().decode(model().encode(text)), text);
  std::string dashes(1000000, '-');
  EXPECT_EQ(model().decode(model().encode(dashes)), dashes);
}

TEST(Encode, TakesAlmostLinearTimeWhateverTheTokenizer) {
  // Each would take minutes if a step were quadratic.
  for (const std::string &json : mlir::eke::test::otherTokenizers()) {
    Owned owned(json, 300);
    for (const char *part :
         {"a", " ", "\n", "x", "the", "<|end|", "\u0323\u0301\u0327",
          "\u1100\u1161", "\u00e9", "\u2581", "\u4e00", "1", "'", "\xff",
          "<unk>", "abcab"}) {
      std::string text = "\n";
      while (text.size() < 50000)
        text += part;
      owned.decode(owned.encode(text));
    }
  }
}

//===- The Hugging Face library -------------------------------------------===//

TEST(Encode, AgreesWithHuggingFace) {
  std::string probe =
      std::string(PYTHON) + " -c 'import tokenizers' 2>/dev/null";
  if (std::system(probe.c_str()) != 0)
    GTEST_SKIP() << "Python has no package 'tokenizers'";
  std::string output = ::testing::TempDir() + "eke-" +
                       std::to_string(getpid()) + "-reference.json";
  std::string command = std::string(PYTHON) + " " + REFERENCE_SCRIPT + " " +
                        modelFolder + "/tokenizer.json " + output;
  ASSERT_EQ(std::system(command.c_str()), 0);
  llvm::json::Value cases = parse(readAll(output));
  std::remove(output.c_str());
  size_t count = 0;
  for (const llvm::json::Value &value : *cases.getAsArray()) {
    const llvm::json::Object &item = *value.getAsObject();
    Owned owned(llvm::formatv("{0}", *item.get("tokenizer")).str());
    for (const llvm::json::Value &line : *item.getArray("cases")) {
      const llvm::json::Object &pair = *line.getAsObject();
      std::vector<int32_t> ids;
      for (const llvm::json::Value &id : *pair.getArray("ids"))
        ids.push_back(int32_t(*id.getAsInteger()));
      std::string text = pair.getString("text")->str();
      ASSERT_EQ(owned.encode(text), ids) << text;
      ASSERT_EQ(owned.decode(ids), pair.getString("decoded")) << text;
      ++count;
    }
  }
  EXPECT_GT(count, 1000u);
}

//===- What tokenizer.json says of tokens ---------------------------------===//

/// The model's tokenizer, changed.
Owned edited(llvm::function_ref<void(llvm::json::Object &)> edit) {
  llvm::json::Value root = parse(readAll(modelFolder + "/tokenizer.json"));
  edit(*root.getAsObject());
  return Owned(llvm::formatv("{0}", root).str());
}

int32_t numberOf(const char *token) {
  llvm::json::Value root = parse(readAll(modelFolder + "/tokenizer.json"));
  return int32_t(
      *root.getAsObject()->getObject("model")->getObject("vocab")->getInteger(
          token));
}

void add(llvm::json::Object &root, llvm::StringRef content, int64_t id,
         bool normalized = false) {
  root.getArray("added_tokens")
      ->push_back(llvm::json::Object{
          {"id", id}, {"content", content}, {"normalized", normalized}});
}

TEST(Encode, PutsTheUnknownTokenForBytesWithoutOne) {
  for (bool fuse : {false, true}) {
    Owned owned = edited([&](llvm::json::Object &root) {
      llvm::json::Object &model = *root.getObject("model");
      llvm::json::Object &vocab = *model.getObject("vocab");
      vocab["<unk>"] = *vocab.getInteger("\xc4\x8a"); // newline's
      vocab.erase("\xc4\x8a");
      model["merges"] = llvm::json::Array();
      model["unk_token"] = "<unk>";
      model["fuse_unk"] = fuse;
    });
    int32_t unknown = numberOf("\xc4\x8a"), a = numberOf("a");
    std::vector<int32_t> expected{a, unknown, unknown};
    if (fuse)
      expected.pop_back();
    EXPECT_EQ(owned.encode("a\n\n"), expected);
  }
}

TEST(Encode, KeepsBytesThatAddedTokensAreWrittenLike) {
  const char *space = "\xc4\xa0"; // a space, as the vocabulary writes it
  Owned owned = edited(
      [&](llvm::json::Object &root) { add(root, space, numberOf(space)); });
  EXPECT_EQ(owned.encode("a b"), model().encode("a b"));
  EXPECT_EQ(owned.decode(owned.encode("the  open a")), "the  open a");
  EXPECT_EQ(owned.encode(space), std::vector<int32_t>{numberOf(space)});
  EXPECT_EQ(owned.decode({numberOf(space)}), " ");
}

TEST(Splitter, FindsNormalizedTokensLast) {
  Owned owned = edited([&](llvm::json::Object &root) {
    llvm::json::Object &model = *root.getObject("model");
    model["merges"] = llvm::json::Array();
    llvm::json::Object &vocab = *model.getObject("vocab");
    for (auto [content, normalized, gone] :
         {std::tuple("xyz", true, "the"), {"yz!", false, "ing"}}) {
      int64_t id = *vocab.getInteger(gone);
      vocab.erase(gone);
      add(root, content, id, normalized);
    }
  });
  using Words = std::vector<std::string>;
  EXPECT_EQ(owned.words("xyz xyz! xyz"),
            (Words{"xyz", " x", "yz!", " ", "xyz"}));
}

//===- The functions for applications -------------------------------------===//

/// A language that has only a tokenizer.
eke_language languageOf(const Owned &owned) {
  eke_language language = {};
  language.tokenizer = owned.blob.data();
  language.tokenizer_bytes = owned.blob.size();
  return language;
}

TEST(EkeEncode, NeedsNoMoreThanItSays) {
  // Every part gets a space: the most tokens that bytes can become.
  Owned prefixed =
      withPreTokenizer(R"({"type":"Sequence","pretokenizers":[)"
                       R"({"type":"Digits","individual_digits":true},)" +
                       byteLevel(true, true) + "]}");
  for (const Owned *owned : {&model(), const_cast<const Owned *>(&prefixed)})
    for (std::string text : {"", "1", "123456789", "a1b2 c", "one word"}) {
      eke_language language = languageOf(*owned);
      size_t most, scratchBytes;
      eke_encode_needs(&language, text.size(), &most, &scratchBytes);
      std::vector<int32_t> tokens(most);
      std::vector<uint64_t> scratch(scratchBytes / 8);
      int64_t count =
          eke_encode(&language, text.data(), text.size(), tokens.data(),
                     tokens.size(), scratch.data(), scratchBytes);
      ASSERT_GE(count, 0) << text;
      tokens.resize(size_t(count));
      EXPECT_EQ(tokens, owned->encode(text));
    }
}

TEST(EkeEncode, SaysWhatDoesNotFit) {
  eke_language language = languageOf(model());
  int32_t tokens[10];
  uint64_t scratch[400];
  auto encode = [&](size_t capacity, size_t scratchBytes) {
    return eke_encode(&language, "hello", 5, tokens, capacity, scratch,
                      scratchBytes);
  };
  EXPECT_GT(encode(10, sizeof(scratch)), 0);
  EXPECT_EQ(encode(1, sizeof(scratch)), -1);
  EXPECT_EQ(encode(10, 16), -1);
  language.tokenizer_bytes -= 1;
  EXPECT_EQ(encode(10, sizeof(scratch)), -1);
}

TEST(EkeIsEnd, KnowsEachOfThem) {
  const int32_t ends[] = {2, 11};
  eke_language language = {};
  EXPECT_FALSE(eke_is_end(&language, 0));
  language.ends = ends;
  language.end_count = 2;
  EXPECT_TRUE(eke_is_end(&language, 2));
  EXPECT_TRUE(eke_is_end(&language, 11));
  EXPECT_FALSE(eke_is_end(&language, 3));
}

TEST(EkeTokenBytes, GivesTheBytes) {
  eke_language language = languageOf(model());
  for (int32_t id : {0, 1, 255, 2047}) {
    size_t size;
    const char *bytes = eke_token_bytes(&language, id, &size);
    Bytes token = model().tokenizer.token(uint32_t(id));
    EXPECT_EQ(std::string(bytes, size), std::string(token.data, token.size));
    EXPECT_GT(size, 0u);
  }
  for (int32_t id : {-1, 2048, INT32_MAX}) {
    size_t size = 1;
    eke_token_bytes(&language, id, &size);
    EXPECT_EQ(size, 0u);
  }
}

//===- Text from tokens ---------------------------------------------------===//

TEST(TextStream, ReplacesMaximalParts) {
  const std::pair<std::string, std::string> cases[] = {
      {"abc", "abc"},
      {"\xc3\xa9", "\xc3\xa9"},
      {"\x80", "?"},
      {"\xc3", "?"},
      {"\xc3(", "?("},
      {"\xe2\x82", "?"},
      {"\xe2\x82z", "?z"},
      {"\xe2\xe2\x82\xac", "?\xe2\x82\xac"},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"\xf0\x9f\x98", "?"},
      {"\xed\xa0\x80", "???"},      // a surrogate
      {"\xe0\x80\xaf", "???"},      // a form too long
      {"\xf4\x90\x80\x80", "????"}, // beyond U+10FFFF
      {"\xf0\x80\x80", "???"},
      {"\xc0\xaf", "??"},
      {"\xff\xfe", "??"},
  };
  for (auto [bytes, expected] : cases) {
    for (size_t at; (at = expected.find('?')) != std::string::npos;)
      expected.replace(at, 1, "\xef\xbf\xbd");
    std::string text;
    TextStream stream(model().tokenizer, Owned::append, &text);
    for (char c : bytes)
      stream.write(model().tokenizer.byteId(uint8_t(c)));
    stream.finish();
    EXPECT_EQ(text, expected) << bytes;
  }
}

TEST(TextStream, HoldsBackUnfinishedCharacters) {
  std::string text;
  TextStream stream(model().tokenizer, Owned::append, &text);
  for (uint8_t byte : {0x61, 0xe2, 0x82})
    stream.write(model().tokenizer.byteId(byte));
  EXPECT_EQ(text, "a");
  stream.write(model().tokenizer.byteId(0xac));
  EXPECT_EQ(text, "a\xe2\x82\xac");
}

//===- Damaged blobs ------------------------------------------------------===//

TEST(OpenTokenizer, RefusesDamage) {
  const std::vector<uint8_t> &good = model().blob;
  Tokenizer t;
  auto open = [&](const std::vector<uint8_t> &blob) {
    return openTokenizer(t, blob.data(), blob.size());
  };
  EXPECT_EQ(open(good), nullptr);
  EXPECT_STREQ(openTokenizer(t, nullptr, 0), "is missing");
  EXPECT_STREQ(open({good.begin(), good.begin() + 20}), "is not a tokenizer");
  EXPECT_STREQ(open({good.begin(), good.end() - 1}), "is damaged");
  std::vector<uint8_t> bad = good;
  bad[0] ^= 1;
  EXPECT_STREQ(open(bad), "is not a tokenizer");
  bad = good;
  bad[4] ^= 2;
  EXPECT_STREQ(open(bad), "has another version than the runtime");
  // What the header says of this tokenizer's tables, far too large.
#define FIELD(name) offsetof(eke_tokenizer, name)
  for (size_t at : {FIELD(vocab),
                    FIELD(model),
                    FIELD(unknown),
                    FIELD(growth),
                    FIELD(extra),
                    FIELD(token_offsets),
                    FIELD(token_bytes),
                    FIELD(alias_count),
                    FIELD(byte_ids),
                    FIELD(byte_id_count),
                    FIELD(sorted_count),
                    FIELD(merges),
                    FIELD(merge_count),
                    FIELD(score_count),
                    FIELD(added),
                    FIELD(added_count),
                    FIELD(added_first_count),
                    FIELD(normalizer_count),
                    FIELD(splits),
                    FIELD(split_count),
                    FIELD(patterns),
                    FIELD(pattern_count),
                    FIELD(word_char_count)}) {
    bad = good;
    bad[at + 3] = 0x7f;
    EXPECT_STREQ(open(bad), "is damaged") << at;
  }
#undef FIELD
}

} // namespace
