//===- ChatTest.cpp - What conversations look like ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/HuggingFace.h"
#include "compiler/frontend/chat/ChatTemplate.h"
#include "compiler/frontend/chat/DeriveChat.h"
#include "compiler/frontend/gguf/Describe.h"
#include "test/unit/frontend/Inputs.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

using namespace mlir::eke;
using namespace mlir::eke::test;
using jinja::Dict;
using jinja::Value;

namespace {

constexpr llvm::StringLiteral chatML =
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

Dict someTokens() {
  Dict tokens;
  tokens.set("eos_token", Value::textOf("</s>"));
  return tokens;
}

std::string refusalOf(llvm::StringRef source) {
  return messageOf(deriveChat(source, someTokens()));
}

TEST(DeriveChat, FindsWhatStandsAroundMessages) {
  auto chat = deriveChat(chatML, someTokens());
  ASSERT_TRUE(bool(chat)) << messageOf(std::move(chat));
  EXPECT_EQ(chat->start(), "<|user|>");
  EXPECT_EQ(chat->after_user(), "</s><|assistant|>");
  EXPECT_EQ(chat->after_assistant(), "</s><|user|>");
  EXPECT_FALSE(chat->trimmed());
  ASSERT_TRUE(chat->has_system());
  EXPECT_EQ(chat->system().before(), "<|system|>");
  EXPECT_EQ(chat->system().after(), "</s><|user|>");
}

TEST(DeriveChat, LeavesOutASystemMessageThatATemplateLacks) {
  std::string source =
      ("{% if messages[0].role == 'system' %}{{ raise_exception('none') }}"
       "{% endif %}" +
       chatML)
          .str();
  auto chat = deriveChat(source, someTokens());
  ASSERT_TRUE(bool(chat));
  EXPECT_FALSE(chat->has_system());
}

TEST(DeriveChat, SaysWhyATemplateCannotBeTaken) {
  EXPECT_EQ(refusalOf("{{ 1 +"), "line 1: a bracket '{{' has no end");
  EXPECT_EQ(refusalOf("{{ raise_exception('never') }}"), "line 1: never");
  EXPECT_EQ(refusalOf("nothing"), "does not print each message once, in order");
  EXPECT_EQ(refusalOf("{% for m in messages %}{{ m.content }}{% endfor %}"),
            "prints nothing between a message and an answer");
  EXPECT_EQ(refusalOf("{{ messages | length }}{% for m in messages %}"
                      "<{{ m.role }}>{{ m.content }}{% endfor %}"),
            "prints other text around a message when more follow");
  EXPECT_EQ(refusalOf("{% for m in messages %}<{{ m.role }}>{{ m.content }}"
                      "{% endfor %}<model>"),
            "prints other text before an answer that was given than before "
            "one to come");
  EXPECT_EQ(
      refusalOf("{% for m in messages %}<{{ m.role }}>{{ m.content.lstrip() }}"
                "{% endfor %}<assistant>"),
      "changes the white space around a message in a way of its own");
  EXPECT_MENTIONS(
      refusalOf("{% for m in messages %}<{{ m.role }}>"
                "{{ m.content | replace('\\n', ' ') | trim if m.role == 'user' "
                "else m.content }}"
                "{% endfor %}<assistant>"),
      "prints other text than expected around the message 'two");
}

TEST(DeriveChat, TakesAnAnswerThatStartsWithMoreThanItShows) {
  auto chat = deriveChat(
      (chatML + "{% if add_generation_prompt %}<think>{% endif %}").str(),
      someTokens());
  ASSERT_TRUE(bool(chat));
  EXPECT_EQ(chat->after_user(), "</s><|assistant|><think>");
}

class ChatOfFolder : public ::testing::Test {
protected:
  /// The chat of the folder's model; empty after a failure.
  proto::Chat import() {
    auto model = importHuggingFace(folder.getPath());
    if (model)
      return model->model.chat();
    ADD_FAILURE() << llvm::toString(model.takeError());
    return {};
  }
  static std::string quoted(llvm::StringRef text) {
    std::string result;
    llvm::raw_string_ostream(result) << llvm::json::Value(text);
    return result;
  }

  TestFolder folder;
};

TEST_F(ChatOfFolder, IsRead) {
  folder.writeTinyModel();
  EXPECT_EQ(import().after_user(), "");
  std::string tokens = R"({"eos_token": {"content": "<|end|>"},
                           "chat_template": )";
  folder.write("tokenizer_config.json", tokens + quoted(chatML) + "}");
  EXPECT_EQ(import().after_user(), "<|end|><|assistant|>");
  std::string list = R"([{"name": "tools", "template": "x"},
                         {"name": "default", "template": )";
  folder.write("tokenizer_config.json", tokens + list + quoted(chatML) + "}]}");
  EXPECT_EQ(import().after_user(), "<|end|><|assistant|>");
  folder.write("chat_template.jinja",
               "{% for m in messages %}[{{ m.role }}]{{ m.content }}"
               "{% endfor %}[assistant]");
  EXPECT_EQ(import().after_user(), "[assistant]");
}

TEST_F(ChatOfFolder, IsWarnedOfIfItCannotBeTaken) {
  folder.writeTinyModel();
  std::string path = folder.write("chat_template.jinja", "\n{{ x.y }}");
  testing::internal::CaptureStderr();
  EXPECT_EQ(import().after_user(), "");
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_MENTIONS(said, "eke: warning: " + path +
                            ": line 2: 'x' is undefined: the program will "
                            "have no '--chat'; '--chat-template' gives");
}

TEST_F(ChatOfFolder, IsOfAFileThatIsAskedFor) {
  folder.writeTinyModel();
  auto model = importHuggingFace(folder.getPath());
  ASSERT_TRUE(bool(model));
  std::string path = folder.write("own.jinja", "{{ x.y }}");
  ChatOptions options{path, std::nullopt};
  EXPECT_EQ(messageOf(setChat(options, *model)),
            path + ": line 1: 'x' is undefined");
  folder.write("own.jinja", chatML);
  EXPECT_EQ(messageOf(setChat(options, *model)), "");
  EXPECT_EQ(model->model.chat().after_user(), "<|assistant|>");
  // And nobody reads the folder's own.
  folder.write("chat_template.jinja", "{{ x.y }}");
  testing::internal::CaptureStderr();
  model = importHuggingFace(folder.getPath(), options);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(bool(model));
  EXPECT_EQ(model->model.chat().after_user(), "<|assistant|>");
}

TEST_F(ChatOfFolder, NamesTheDayThatIsAskedFor) {
  folder.writeTinyModel();
  std::string asks = ("{{ strftime_now('%d %B %Y') }}" + chatML).str();
  std::string path = folder.write("chat_template.jinja", asks);
  testing::internal::CaptureStderr();
  EXPECT_EQ(import().after_user(), "");
  EXPECT_MENTIONS(testing::internal::GetCapturedStderr(),
                  path + ": line 1: asks for today's date ('strftime_now'), "
                         "which a compiled program does not know; "
                         "'--chat-date=YYYY-MM-DD' says which day to print");
  ChatOptions options{"", Date::parse("2025-06-30")};
  auto model = importHuggingFace(folder.getPath(), options);
  ASSERT_TRUE(bool(model)) << messageOf(std::move(model));
  EXPECT_EQ(model->model.chat().start(), "30 June 2025<|user|>");
  EXPECT_EQ(model->model.chat().date(), "2025-06-30");
  EXPECT_EQ(messageOf(checkModel(*model)), "");
  model->model.mutable_chat()->set_date("2025-06-31");
  EXPECT_MENTIONS(messageOf(checkModel(*model)),
                  "chat.date is no day such as 2025-06-30");

  options.templateFile = folder.write("own.jinja", chatML);
  EXPECT_EQ(messageOf(importHuggingFace(folder.getPath(), options)),
            "option '--chat-date' changes nothing: the chat template has no "
            "'strftime_now'");
  folder.write("own.jinja", asks + " ");
  model = importHuggingFace(folder.getPath(), options);
  ASSERT_TRUE(bool(model)) << messageOf(std::move(model));
  EXPECT_EQ(model->model.chat().after_user(), "<|assistant|> ");
}

TEST_F(ChatOfFolder, HasNoDayWithoutATemplate) {
  folder.writeTinyModel();
  ChatOptions options{"", Date::parse("2025-06-30")};
  EXPECT_MENTIONS(messageOf(importHuggingFace(folder.getPath(), options)),
                  "config.json comes with none; '--chat-template' gives one");
}

TEST(Date, IsADayOfTheCalendar) {
  EXPECT_EQ(Date::parse("2024-02-29")->print(), "2024-02-29");
  for (llvm::StringRef other :
       {"", "2025-6-30", "2023-02-29", "2025-13-01", "2025-00-10", "2025-06-31",
        "0999-01-01", "2025-06-3O", "-025-06-30", "2025/06/30", "2025-06-30 "})
    EXPECT_FALSE(Date::parse(other)) << other.str();
}

TEST_F(ChatOfFolder, IsReadFromGGUF) {
  TestGGUF file = tinyGGUF();
  file.values.push_back(ggufText("tokenizer.ggml.model", "llama"));
  file.values.push_back(
      ggufTexts("tokenizer.ggml.tokens", {"<unk>", "<s>", "</s>"}));
  file.values.push_back(ggufText("tokenizer.chat_template", chatML));
  std::string path = folder.write("tiny.gguf", file.print());
  auto model = importGGUF(path);
  ASSERT_TRUE(bool(model)) << messageOf(std::move(model));
  EXPECT_EQ(model->model.chat().after_user(), "</s><|assistant|>");
}

} // namespace
