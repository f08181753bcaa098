//===- ChatProgramTest.cpp - Chats and caches of prompts -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "test/unit/runtime/FakePrograms.h"

#include <fstream>
#include <gtest/gtest.h>

using namespace eke::test;

namespace {

/// Tokens of a text in which '$' stands for <|end|>.
std::vector<int32_t> tokensOf(const std::string &text) {
  std::vector<int32_t> tokens;
  for (char c : text)
    tokens.push_back(c == '$' ? fakeEnd : uint8_t(c));
  return tokens;
}

/// Adds what the fake model answers; returns its ids, as they are printed.
std::string answer(std::vector<int32_t> &sequence, int most = fakeContext) {
  std::string ids;
  for (int i = 0; i < most && sequence.size() <= fakeContext; ++i) {
    int32_t next = fakeLikeliest(sequence);
    if (next == fakeEnd)
      break;
    ids += (i ? " " : "") + std::to_string(next);
    sequence.push_back(next);
  }
  return ids + "\n";
}

TEST(LanguageProgram, AnswersAMessage) {
  std::vector<int32_t> sequence = tokensOf("$UHiA");
  EXPECT_EQ(language("--message ' Hi ' --ids").out, answer(sequence));
  sequence = tokensOf("$SBe|UHiA");
  std::string ids = answer(sequence);
  EXPECT_EQ(language("--message Hi --system Be --ids").out, ids);
  EXPECT_EQ(
      language("--message - --system Be --ids <" + writeAll("message", "Hi\n"))
          .out,
      ids);
  sequence = tokensOf("$UHiA");
  EXPECT_EQ(language("--message Hi --ids --tokens 3").out, answer(sequence, 3));
}

TEST(LanguageProgram, AnswersLines) {
  std::vector<int32_t> sequence = tokensOf("$UaA");
  std::string out = answer(sequence, 4);
  for (int32_t token : tokensOf("$UbA"))
    sequence.push_back(token);
  out += answer(sequence, 4);
  std::vector<int32_t> other = tokensOf("$UcA");
  out += answer(other, 4);
  std::string file = writeAll("lines", "a\n\n b\r\n/reset\nc");
  for (const char *options : {"", " --threads 2 --sandbox"}) {
    Ran ran = language("--chat --ids --tokens 4 --stats " + inFolder("turns") +
                       options + " <" + file);
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.out, out);
    EXPECT_EQ(parse(readAll(inFolder("turns"))).getInteger("turns"), 3);
  }
}

TEST(LanguageProgram, PrintsALineForAnEmptyAnswer) {
  // A message of two letters to which the model answers nothing.
  std::string message;
  for (char first = 'a'; first <= 'z' && message.empty(); ++first)
    for (char second = 'a'; second <= 'z' && message.empty(); ++second) {
      std::string letters = {first, second};
      if (fakeLikeliest(tokensOf("$U" + letters + "A")) == fakeEnd)
        message = letters;
    }
  ASSERT_NE(message, "");
  std::vector<int32_t> sequence = tokensOf("$UaA");
  std::string file = writeAll("nothing", message + "\n/reset\na\n");
  EXPECT_EQ(language("--chat --ids --tokens 4 <" + file).out,
            "\n" + answer(sequence, 4));
  EXPECT_EQ(language("--message " + message + " --ids").out, "\n");
  EXPECT_EQ(language("--message " + message).out, "");
  EXPECT_EQ(language("--prompt a --tokens 0 --ids").out, "");
}

TEST(LanguageProgram, EndsAConversationThatFillsTheContext) {
  std::string file = writeAll("long", times("twelve bytes\n", 9));
  Ran ran = language("--chat --tokens 2 --ids <" + file);
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("error: the conversation and its next message have "
                         "more tokens than the context of 40"),
            std::string::npos)
      << ran.err;
  file = writeAll("longer", std::string(300000, 'x'));
  Ran longer = language("--chat <" + file);
  expectError(longer, "standard input has a line of more than 262144 bytes");
}

TEST(LanguageProgram, GoesOnFromAPromptCache) {
  std::string cache = inFolder("prompt-cache"), stats = inFolder("cached");
  std::remove(cache.c_str());
  auto read = [&] {
    return parse(readAll(stats)).getInteger("cached_tokens").value_or(-1);
  };
  auto ask = [&](const std::string &what) {
    return language(what + " --ids --prompt-cache " + cache + " --stats " +
                    stats);
  };
  std::string hello = "--prompt hello --tokens 6";
  std::string ids = continuation(withStart("hello"), 6);
  for (int64_t cached : {0, 5, 5}) {
    EXPECT_EQ(ask(hello).out, ids);
    EXPECT_EQ(read(), cached); // the last token gives the first logits
  }
  EXPECT_EQ(ask(hello + " --sandbox").out, ids);
  expectError(ask("--prompt help! --tokens 3 --sandbox"),
              "a prompt cache is only read");
  EXPECT_EQ(ask("--prompt help! --tokens 3").out,
            continuation(withStart("help!"), 3));
  EXPECT_EQ(read(), 4);
  EXPECT_EQ(ask(hello).out, ids);
  EXPECT_EQ(read(), 4);

  std::vector<int32_t> sequence = tokensOf("$UhiA");
  std::string first = answer(sequence, 3);
  EXPECT_EQ(ask("--message hi --tokens 3").out, first);
  EXPECT_EQ(read(), 1);
  EXPECT_EQ(ask("--message hi --tokens 3").out, first);
  EXPECT_EQ(read(), 4);
}

TEST(LanguageProgram, RefusesOtherPromptCaches) {
  std::string cache = inFolder("bad-cache");
  std::remove(cache.c_str());
  std::string ask = "--prompt hello --prompt-cache ";
  EXPECT_EQ(language(ask + cache).status, 0);
  const std::string whole = readAll(cache);
  auto refusalOf = [&](std::string bytes) {
    return language(ask + writeAll("other-cache", bytes));
  };
  expectError(refusalOf("{}"), "is no prompt cache");
  expectError(refusalOf(""), "is no prompt cache");
  expectError(refusalOf(whole.substr(0, whole.size() - 1)), "is damaged");
  expectError(refusalOf(whole.substr(0, 20)), "is damaged");
  for (size_t at : {size_t(9), whole.size() / 2, whole.size() - 1}) {
    std::string bytes = whole;
    bytes[at] ^= 1;
    expectError(refusalOf(bytes), "is damaged");
  }
  expectError(language(ask + "/dev/null"), "'/dev/null' is no regular file");
  Ran other = run(FAKE_LANGUAGE, ask + "/nowhere/x");
  expectError(other, "cannot write '/nowhere/x'");
}

} // namespace
