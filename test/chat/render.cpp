//===- render.cpp - Templates and what is derived of them, for comparisons ===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: render < REQUESTS
//
// Each line is a JSON object. With "variables", what the template `template` gives for
// them; with "tokens", the form of chats that is derived with these special tokens. "today"
// may be the day that `strftime_now` prints. The answer is a line with the text, or the
// form's fields, or {"error": …}.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/chat/DeriveChat.h"
#include "compiler/frontend/chat/Jinja.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <iostream>

using namespace mlir::eke;
namespace json = llvm::json;

/// A list of JSON objects keeps the order of its keys: [["a", 1], …] marked by "dict".
static jinja::Value convert(const json::Value &value) {
  using jinja::Value;
  if (std::optional<bool> flag = value.getAsBoolean())
    return Value::boolean(*flag);
  if (std::optional<int64_t> number = value.getAsInteger())
    return Value::integerOf(*number);
  if (std::optional<double> number = value.getAsNumber())
    return Value::realOf(*number);
  if (std::optional<llvm::StringRef> text = value.getAsString())
    return Value::textOf(text->str());
  if (const json::Array *list = value.getAsArray()) {
    Value::List elements;
    for (const json::Value &element : *list)
      elements.push_back(convert(element));
    return Value::listOf(std::move(elements));
  }
  const json::Object *object = value.getAsObject();
  if (!object)
    return Value::none();
  jinja::Dict entries;
  for (const json::Value &pair : *object->getArray("dict"))
    entries.set(*(*pair.getAsArray())[0].getAsString(),
                convert((*pair.getAsArray())[1]));
  return Value::dictOf(std::move(entries));
}

static json::Value fail(llvm::Error error) {
  return json::Object{{"error", llvm::toString(std::move(error))}};
}

static json::Value render(llvm::StringRef source, const json::Value &variables,
                          const std::optional<Date> &today) {
  auto program = jinja::Template::parse(source);
  if (!program)
    return fail(program.takeError());
  auto text = program->render(*convert(variables).dict, today);
  if (!text)
    return fail(text.takeError());
  return json::Object{{"text", *text}};
}

static json::Value derive(llvm::StringRef source, const json::Value &tokens,
                          const std::optional<Date> &today) {
  auto chat = deriveChat(source, *convert(tokens).dict, today);
  if (!chat)
    return fail(chat.takeError());
  json::Object form{{"start", chat->start()},
                    {"after_user", chat->after_user()},
                    {"after_assistant", chat->after_assistant()},
                    {"trimmed", chat->trimmed()}};
  if (chat->has_system())
    form["system"] = json::Object{{"before", chat->system().before()},
                                  {"after", chat->system().after()},
                                  {"trimmed", chat->system().trimmed()}};
  return form;
}

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    llvm::Expected<json::Value> request = json::parse(line);
    if (!request) {
      llvm::errs() << llvm::toString(request.takeError()) << "\n";
      return 2;
    }
    const json::Object &object = *request->getAsObject();
    llvm::StringRef source = *object.getString("template");
    const json::Value *variables = object.get("variables");
    std::optional<Date> today;
    if (std::optional<llvm::StringRef> text = object.getString("today"))
      today = Date::parse(*text);
    llvm::outs() << (variables ? render(source, *variables, today)
                               : derive(source, *object.get("tokens"), today))
                 << "\n";
  }
}
