//===- DeriveChat.cpp - From a chat template to what stands between messages =//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/DeriveChat.h"

#include "compiler/frontend/Input.h"
#include "compiler/frontend/chat/Jinja.h"
#include "compiler/frontend/chat/JinjaInterpreter.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"

#include <optional>

namespace mlir::eke {
namespace {

using ::eke::proto::Chat;
using jinja::Dict;
using jinja::Value;

/// A system message, perhaps, and then messages of the user and answers by turns.
struct Conversation {
  std::optional<std::string> system;
  std::vector<std::string> turns;
};

/// Texts that no template has, that are no part of each other, and that stay as they are
/// when white space is left out.
constexpr llvm::StringLiteral systemMarker = "Eke7Qsystem";
constexpr llvm::StringLiteral turnMarkers[] = {
    "Eke7Qfirst", "Eke7Qanswer", "Eke7Qsecond", "Eke7Qreply", "Eke7Qthird"};

/// What users write, and templates might trip over.
constexpr llvm::StringLiteral samples[] = {
    "x",
    "two\nlines\n\nand a third one",
    " \t in the middle of white space \n",
    "{{ messages }} {% if x %} {# no #}",
    "<|im_end|>\n<|im_start|>system\n</s><s>[INST] <end_of_turn> [/INST]",
    "'single' \"double\" \\n \\ %s",
    "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x99\x82 \xe2\x80\xae",
};

llvm::Error refuse(const llvm::Twine &what) {
  return llvm::createStringError(what);
}

class Deriver {
public:
  Deriver(const jinja::Template &program, const Dict &tokens,
          const std::optional<Date> &today)
      : program(program), tokens(tokens), today(today) {}

  llvm::Expected<Chat> run() {
    if (llvm::Error error = readTurns())
      return std::move(error);
    if (llvm::Error error = readTrimming())
      return std::move(error);
    readSystem();
    if (llvm::Error error = verify())
      return std::move(error);
    return std::move(chat);
  }

private:
  /// What the template prints, with an answer to come at the end.
  llvm::Expected<std::string> print(const Conversation &conversation) const {
    Value::List messages;
    auto add = [&](llvm::StringRef role, const std::string &content) {
      Dict message;
      message.set("role", Value::textOf(role.str()));
      message.set("content", Value::textOf(content));
      messages.push_back(Value::dictOf(std::move(message)));
    };
    if (conversation.system)
      add("system", *conversation.system);
    for (size_t i = 0; i < conversation.turns.size(); ++i)
      add(i % 2 ? "assistant" : "user", conversation.turns[i]);
    Dict variables = tokens;
    variables.set("messages", Value::listOf(std::move(messages)));
    variables.set("add_generation_prompt", Value::boolean(true));
    variables.set("tools", Value::none());
    variables.set("documents", Value::none());
    return program.render(variables, today);
  }

  static std::string trim(const std::string &text, bool isTrimmed) {
    return isTrimmed ? jinja::strip(text, nullptr, true, true).str() : text;
  }

  /// What the form that was found makes of a conversation.
  std::string compose(const Conversation &conversation) const {
    std::string text = chat.start();
    if (conversation.system)
      text = chat.system().before() +
             trim(*conversation.system, chat.system().trimmed()) +
             chat.system().after();
    size_t size = conversation.turns.size();
    for (size_t i = 0; i < size; ++i) {
      bool isAnswer = i % 2;
      text += isAnswer ? conversation.turns[i]
                       : trim(conversation.turns[i], chat.trimmed());
      text += isAnswer       ? chat.after_assistant()
              : i + 1 < size ? beforeAnswer
                             : chat.after_user();
    }
    return text;
  }

  /// What stands before, between and behind markers; nothing if one is not there once,
  /// in its place.
  static std::optional<std::vector<std::string>>
  cut(llvm::StringRef text, llvm::ArrayRef<llvm::StringLiteral> markers) {
    std::vector<std::string> parts;
    for (llvm::StringRef marker : markers) {
      if (text.count(marker) != 1)
        return std::nullopt;
      auto [before, after] = text.split(marker);
      parts.push_back(before.str());
      text = after;
    }
    for (llvm::StringRef marker : markers)
      if (text.contains(marker))
        return std::nullopt;
    parts.push_back(text.str());
    return parts;
  }

  static Conversation markTurns(size_t count) {
    return {std::nullopt,
            {std::begin(turnMarkers), std::begin(turnMarkers) + count}};
  }

  /// Prints a conversation of so many turns, and cuts it at them.
  llvm::Expected<std::vector<std::string>> printParts(size_t count) const {
    auto text = print(markTurns(count));
    if (!text)
      return text.takeError();
    auto parts = cut(*text, llvm::ArrayRef(turnMarkers).take_front(count));
    if (!parts)
      return refuse("does not print each message once, in order");
    return std::move(*parts);
  }

  /// Finds what stands around the user's messages and the answers.
  llvm::Error readTurns() {
    auto one = printParts(1);
    if (!one)
      return one.takeError();
    auto two = printParts(3);
    if (!two)
      return two.takeError();
    chat.set_start((*one)[0]);
    chat.set_after_user((*one)[1]);
    beforeAnswer = (*two)[1];
    chat.set_after_assistant((*two)[2]);
    if ((*two)[0] != chat.start() || (*two)[3] != chat.after_user())
      return refuse("prints other text around a message when more follow");
    // Some start an answer with more than they show of answers that were given, such as
    // a mark that the model shall think; some leave it a space to write.
    llvm::StringRef given = beforeAnswer, toCome = chat.after_user();
    if (!toCome.starts_with(given) &&
        !(given.consume_front(toCome) && given.trim().empty()))
      return refuse("prints other text before an answer that was given than "
                    "before one to come");
    if (chat.after_user().empty() || chat.after_assistant().empty())
      return refuse("prints nothing between a message and an answer");
    return llvm::Error::success();
  }

  /// Does `text` have the sample as it is, or without white space around it?
  static std::optional<bool> findTrimming(const std::string &content,
                                          const std::string &text,
                                          llvm::StringRef before,
                                          llvm::StringRef after) {
    for (bool isTrimmed : {false, true})
      if (text == before.str() + trim(content, isTrimmed) + after.str())
        return isTrimmed;
    return std::nullopt;
  }

  llvm::Error readTrimming() {
    std::string content = " \n " + turnMarkers[0].str() + " \n ";
    auto text = print({std::nullopt, {content}});
    if (!text)
      return text.takeError();
    std::optional<bool> isTrimmed =
        findTrimming(content, *text, chat.start(), chat.after_user());
    if (!isTrimmed)
      return refuse("changes the white space around a message in a way of its "
                    "own");
    chat.set_trimmed(*isTrimmed);
    return llvm::Error::success();
  }

  /// Prints a system message of this text in front of one turn.
  std::optional<std::string> printSystem(const std::string &system) const {
    Conversation conversation = markTurns(1);
    conversation.system = system;
    auto text = print(conversation);
    if (text)
      return *text;
    llvm::consumeError(text.takeError());
    return std::nullopt;
  }

  /// Finds what stands around a system message. A template may well take none.
  void readSystem() {
    std::optional<std::string> text = printSystem(systemMarker.str());
    auto parts =
        text ? cut(*text, {systemMarker, turnMarkers[0]}) : std::nullopt;
    if (!parts || (*parts)[2] != chat.after_user())
      return;
    std::string content = " \n " + systemMarker.str() + " \n ";
    text = printSystem(content);
    std::string after = (*parts)[1] + turnMarkers[0].str() + chat.after_user();
    std::optional<bool> isTrimmed =
        text ? findTrimming(content, *text, (*parts)[0], after) : std::nullopt;
    if (!isTrimmed)
      return;
    chat.mutable_system()->set_before((*parts)[0]);
    chat.mutable_system()->set_after((*parts)[1]);
    chat.mutable_system()->set_trimmed(*isTrimmed);
    if (!llvm::all_of(listSystemSamples(), [&](const Conversation &sample) {
          return prints(sample);
        }))
      chat.clear_system();
  }

  bool prints(const Conversation &conversation) const {
    auto text = print(conversation);
    if (text)
      return *text == compose(conversation);
    llvm::consumeError(text.takeError());
    return false;
  }

  static std::vector<Conversation> listSystemSamples() {
    std::vector<Conversation> conversations;
    for (llvm::StringRef sample : samples) {
      conversations.push_back({sample.str(), {"x"}});
      conversations.push_back({sample.str(), {"x", "An answer.", "y"}});
    }
    return conversations;
  }

  llvm::Error verify() const {
    std::vector<Conversation> conversations = {markTurns(5)};
    for (llvm::StringRef sample : samples) {
      conversations.push_back({std::nullopt, {sample.str()}});
      conversations.push_back(
          {std::nullopt, {"x", "An answer.", sample.str()}});
      conversations.push_back({std::nullopt,
                               {sample.str(), "An answer.\nOf two lines.", "y",
                                "Another.", sample.str()}});
    }
    for (const Conversation &conversation : conversations)
      if (!prints(conversation))
        return refuse("prints other text than expected around the message " +
                      inQuotes(conversation.turns.back()));
    return llvm::Error::success();
  }

  const jinja::Template &program;
  const Dict &tokens;
  const std::optional<Date> &today;
  Chat chat;
  /// What stands between a message and an answer that was given.
  std::string beforeAnswer;
};

} // namespace

/// A template may raise any text: it becomes one line that is not too long.
static llvm::Error onOneLine(llvm::Error error) {
  constexpr size_t longest = 300;
  std::string text = llvm::toString(std::move(error)).substr(0, longest);
  for (char &character : text)
    if (!llvm::isPrint(character))
      character = '?';
  return refuse(text);
}

llvm::Expected<Chat> deriveChat(llvm::StringRef source, const Dict &tokens,
                                const std::optional<Date> &today) {
  auto program = jinja::Template::parse(source);
  if (!program)
    return onOneLine(program.takeError());
  auto chat = Deriver(*program, tokens, today).run();
  if (!chat)
    return onOneLine(chat.takeError());
  for (const std::string *text :
       {&chat->start(), &chat->after_user(), &chat->after_assistant(),
        &chat->system().before(), &chat->system().after()})
    if (!llvm::json::isUTF8(*text) || llvm::StringRef(*text).contains('\0'))
      return refuse("prints what is no text");
  return chat;
}

} // namespace mlir::eke
