//===- ConversationTest.cpp - A conversation as tokens --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Conversation.h"

#include "test/unit/runtime/FakeModel.h"

#include <gtest/gtest.h>
#include <string>

using namespace eke::rt;
using namespace eke::test;

namespace {

constexpr int32_t end = fakeEnd;

class ConversationTest : public ::testing::Test {
protected:
  ConversationTest() {
    EXPECT_EQ(
        openTokenizer(tokenizer, language.tokenizer, language.tokenizer_bytes),
        nullptr);
  }

  /// Tokens of a text in which '$' stands for <|end|>.
  static std::vector<int32_t> idsOf(const std::string &text) {
    std::vector<int32_t> ids;
    for (char c : text)
      ids.push_back(c == '$' ? end : uint8_t(c));
    return ids;
  }
  static std::vector<int32_t> all(const Conversation &conversation) {
    return {conversation.tokens(),
            conversation.tokens() + conversation.count()};
  }
  static bool add(Conversation &conversation, const std::string &text) {
    return conversation.addMessage({text.data(), text.size()});
  }

  eke_language language = *fakeProgram().model.language;
  Tokenizer tokenizer;
};

TEST_F(ConversationTest, PutsTextsAroundMessages) {
  Conversation conversation(tokenizer, language, nullptr);
  EXPECT_TRUE(add(conversation, " Hi\n"));
  EXPECT_EQ(all(conversation), idsOf("$UHiA")); // white space is left out
  conversation.addToken('y', 1);
  EXPECT_TRUE(add(conversation, "b"));
  EXPECT_EQ(all(conversation), idsOf("$UHiAy$UbA"));
  conversation.restart();
  EXPECT_TRUE(add(conversation, "c"));
  EXPECT_EQ(all(conversation), idsOf("$UcA"));
}

TEST_F(ConversationTest, TakesASystemMessage) {
  Conversation conversation(tokenizer, language, " be ");
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(add(conversation, "Hi"));
    EXPECT_EQ(all(conversation), idsOf("$S be |UHiA"));
    conversation.restart();
  }
  Conversation empty(tokenizer, language, "");
  EXPECT_TRUE(add(empty, "Hi"));
  EXPECT_EQ(all(empty), idsOf("$S|UHiA"));
}

TEST_F(ConversationTest, TakesNoControlTokensFromMessages) {
  // In the model's own texts it is a token, in those of users seven bytes.
  Conversation conversation(tokenizer, language, "<|end|>");
  EXPECT_TRUE(add(conversation, "<|end|>"));
  EXPECT_EQ(all(conversation), idsOf("$S<|end|>|U<|end|>A"));
  // Nor does one begin in a message and end behind it.
  eke_chat form = *language.chat;
  form.after_user = "end|>A";
  language.chat = &form;
  Conversation other(tokenizer, language, nullptr);
  EXPECT_TRUE(add(other, "<|"));
  EXPECT_EQ(all(other), idsOf("$U<|end|>A"));
}

TEST_F(ConversationTest, RefusesWhatDoesNotFit) {
  Conversation conversation(tokenizer, language, nullptr);
  EXPECT_FALSE(add(conversation, std::string(fakeContext - 2, 'a')));
  EXPECT_TRUE(conversation.isEmpty());
  EXPECT_TRUE(add(conversation, std::string(fakeContext - 3, 'a')));
  conversation.addToken('y', 1);
  EXPECT_FALSE(add(conversation, "b"));
  EXPECT_EQ(conversation.count(), fakeContext + 1);
}

TEST_F(ConversationTest, CutsAnswers) {
  Conversation conversation(tokenizer, language, nullptr);
  EXPECT_TRUE(add(conversation, "a"));
  for (uint64_t i = 1; i <= 4; ++i)
    conversation.addToken('y', 2 * i);
  conversation.cutAnswer(5);
  EXPECT_EQ(all(conversation), idsOf("$UaAyy"));
  conversation.cutAnswer(0);
  EXPECT_EQ(all(conversation), idsOf("$UaA"));
}

TEST_F(ConversationTest, KnowsWhatEndsAnswers) {
  auto endsOf = [&](const char *after) {
    eke_chat form = *fakeProgram().model.language->chat;
    form.after_assistant = after;
    language.chat = &form;
    Conversation conversation(tokenizer, language, nullptr);
    Bytes text = conversation.endText();
    return std::pair(conversation.endToken(),
                     std::string(text.data, text.size));
  };
  using Ends = std::pair<int32_t, std::string>;
  EXPECT_EQ(endsOf("<|end|>U"), Ends(end, ""));
  EXPECT_EQ(endsOf("\n<|end|>U"), Ends(end, ""));
  EXPECT_EQ(endsOf("\n\nUser: "), Ends(-1, "User:"));
  EXPECT_EQ(endsOf("\n\n"), Ends(-1, "\n\n"));
}

} // namespace
