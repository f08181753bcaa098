//===- JinjaCalls.cpp - Macros, functions and methods ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaInterpreter.h"

#include "compiler/frontend/chat/Jinja.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke::jinja {

using Kind = Value::Kind;

Value Interpreter::evaluateCall(const Expression &expression) {
  const Expression &callee = *expression.parts[0];
  if (callee.kind == Expression::Kind::Attribute) {
    Value object = evaluate(*callee.parts[0]);
    CallArguments arguments = evaluateArguments(expression.arguments);
    if (hasFailed())
      return Value();
    line = expression.line;
    return finish(callMethod(object, callee.name, arguments), callee.name,
                  arguments);
  }
  Value function = evaluate(callee);
  CallArguments arguments = evaluateArguments(expression.arguments);
  if (hasFailed())
    return Value();
  line = expression.line;
  if (function.is(Kind::Undefined) && function.text == kDateFunction)
    return fail("asks for today's date ('strftime_now'), which a compiled "
                "program does not know; '--chat-date=YYYY-MM-DD' says which "
                "day to print");
  if (function.is(Kind::Undefined))
    return fail("'" + function.text + "' is undefined");
  if (!function.is(Kind::Function))
    return fail("cannot call " + function.getKindName());
  if (function.macro)
    return callMacro(*function.macro, arguments);
  return finish(callFunction(function.text, arguments), function.text,
                arguments);
}

/// A macro sees its arguments and what the template has set outside of loops.
Value Interpreter::callMacro(const Statement &macro, CallArguments &arguments) {
  Scope own;
  size_t required = macro.names.size() - macro.defaults.size();
  for (size_t i = 0; i < macro.names.size(); ++i) {
    if (const Value *value = arguments.get(i, macro.names[i]))
      own[macro.names[i]] = *value;
    else if (i < required)
      own[macro.names[i]] = Value::undefined(macro.names[i]);
    else
      own[macro.names[i]] = evaluate(*macro.defaults[i - required]);
  }
  if (arguments.hasMore())
    return fail("macro '" + macro.name + "' has too many arguments");
  std::vector<Scope> loops(std::make_move_iterator(scopes.begin() + 2),
                           std::make_move_iterator(scopes.end()));
  scopes.resize(2);
  scopes.push_back(std::move(own));
  std::string text = capture(macro.body);
  scopes.resize(2);
  std::move(loops.begin(), loops.end(), std::back_inserter(scopes));
  return makeText(std::move(text));
}

/// The date in the format of the first argument.
Value Interpreter::printToday(CallArguments &arguments) {
  const Value *format = arguments.get(0, "format");
  if (!format || !format->is(Kind::Text))
    return fail("'strftime_now' needs a string");
  auto text = today->format(format->text);
  if (!text)
    return fail(llvm::toString(text.takeError()));
  return makeText(std::move(*text));
}

Value Interpreter::callFunction(llvm::StringRef name,
                                CallArguments &arguments) {
  if (name == "raise_exception") {
    const Value *message = arguments.get(0, "message");
    return fail(message ? message->print() : "an exception");
  }
  if (name == kDateFunction)
    return printToday(arguments);
  if (name == "namespace" || name == "dict") {
    Dict entries = std::move(arguments.names);
    arguments.names = Dict();
    for (auto &entry : entries.entries)
      entry.second = checkStorable(std::move(entry.second));
    return name == "dict" ? Value::dictOf(std::move(entries))
                          : Value::namespaceOf(std::move(entries));
  }
  if (name == "range") {
    int64_t bounds[3] = {0, 0, 1};
    size_t count = arguments.places.size();
    for (size_t i = 0; i < 3; ++i)
      if (const Value *bound = arguments.get(i, "")) {
        if (!bound->isWhole())
          return fail("'range' is of whole numbers");
        bounds[count == 1 ? 1 : i] = bound->integer;
      }
    if (count == 0 || count > 3 || bounds[2] == 0)
      return fail("'range' takes one to three numbers, the last not zero");
    Value::List numbers;
    for (int64_t at = bounds[0];
         (bounds[2] > 0 ? at < bounds[1] : at > bounds[1]) && spend(1);) {
      numbers.push_back(Value::integerOf(at));
      if (llvm::AddOverflow(at, bounds[2], at))
        break;
    }
    return makeList(std::move(numbers));
  }
  return fail("'" + name + "' is a method");
}

//===----------------------------------------------------------------------===//
// Methods
//===----------------------------------------------------------------------===//

Value Interpreter::callMethod(const Value &object, llvm::StringRef name,
                              CallArguments &arguments) {
  if (object.is(Kind::Undefined))
    return fail("'" + object.text + "' is undefined");
  if (object.is(Kind::Text))
    return callTextMethod(object.text, name, arguments);
  if (object.is(Kind::Dict))
    return callDictMethod(object, name, arguments);
  return fail(object.getKindName() + " has no method '" + name + "'");
}

Value Interpreter::callDictMethod(const Value &object, llvm::StringRef name,
                                  CallArguments &arguments) {
  const auto &entries = object.dict->entries;
  Value::List elements;
  if (name == "get") {
    const Value *key = arguments.get(0, "key");
    const Value *otherwise = arguments.get(1, "default");
    const Value *value = key ? object.dict->find(key->print()) : nullptr;
    return value ? *value : otherwise ? *otherwise : Value::none();
  }
  if (name == "items") {
    for (const auto &[key, value] : entries)
      elements.push_back(Value::listOf({Value::textOf(key), value}));
    return makeList(std::move(elements));
  }
  if (name == "keys" || name == "values") {
    for (const auto &[key, value] : entries)
      elements.push_back(name == "keys" ? Value::textOf(key) : value);
    return makeList(std::move(elements));
  }
  if (name == "cycle" && object.dict->find("index0") &&
      !arguments.places.empty()) {
    size_t index = size_t(object.dict->find("index0")->integer);
    size_t count = arguments.places.size();
    (void)arguments.get(count - 1, "");
    return arguments.places[index % count];
  }
  if (const Value *value = object.dict->find(name))
    if (value->macro)
      return callMacro(*value->macro, arguments);
  return fail("a dict has no method '" + name + "'");
}

llvm::StringRef strip(llvm::StringRef text, const Value *characters, bool left,
                      bool right) {
  // What Python takes as white space and is no ASCII.
  static constexpr llvm::StringLiteral blanks[] = {" ",
                                                   "\t",
                                                   "\n",
                                                   "\r",
                                                   "\v",
                                                   "\f",
                                                   "\x1c",
                                                   "\x1d",
                                                   "\x1e",
                                                   "\x1f",
                                                   "\xc2\x85",
                                                   "\xc2\xa0",
                                                   "\xe1\x9a\x80",
                                                   "\xe2\x80\x80",
                                                   "\xe2\x80\x81",
                                                   "\xe2\x80\x82",
                                                   "\xe2\x80\x83",
                                                   "\xe2\x80\x84",
                                                   "\xe2\x80\x85",
                                                   "\xe2\x80\x86",
                                                   "\xe2\x80\x87",
                                                   "\xe2\x80\x88",
                                                   "\xe2\x80\x89",
                                                   "\xe2\x80\x8a",
                                                   "\xe2\x80\xa8",
                                                   "\xe2\x80\xa9",
                                                   "\xe2\x80\xaf",
                                                   "\xe2\x81\x9f",
                                                   "\xe3\x80\x80"};
  std::vector<llvm::StringRef> dropped(std::begin(blanks), std::end(blanks));
  if (characters && !characters->is(Kind::None))
    dropped = listCharacters(characters->text);
  auto dropOne = [&](bool fromLeft) {
    for (llvm::StringRef each : dropped)
      if (fromLeft ? text.consume_front(each) : text.consume_back(each))
        return true;
    return false;
  };
  while (left && dropOne(true)) {
  }
  while (right && dropOne(false)) {
  }
  return text;
}

std::string replaceAll(llvm::StringRef text, llvm::StringRef from,
                       llvm::StringRef to, int64_t count) {
  std::string result;
  if (from.empty()) // in front of every character and at the end
    return text.str();
  while (count != 0) {
    size_t at = text.find(from);
    if (at == llvm::StringRef::npos || result.size() > kMostOutputBytes)
      break;
    result += text.take_front(at);
    result += to;
    text = text.drop_front(at + from.size());
    --count;
  }
  return result + text.str();
}

/// The parts of a text between separators, or between white space.
static std::vector<llvm::StringRef>
split(llvm::StringRef text, const Value *separator, int64_t most) {
  std::vector<llvm::StringRef> parts;
  bool isOfSpaces = !separator || separator->is(Kind::None);
  if (isOfSpaces)
    text = strip(text, nullptr, true, false);
  while (most < 0 || int64_t(parts.size()) < most) {
    size_t at = isOfSpaces ? text.find_first_of(" \t\n\r\v\f")
                           : text.find(separator->text);
    if (at == llvm::StringRef::npos)
      break;
    parts.push_back(text.take_front(at));
    text = text.drop_front(at + (isOfSpaces ? 1 : separator->text.size()));
    if (isOfSpaces)
      text = strip(text, nullptr, true, false);
  }
  if (isOfSpaces)
    text = strip(text, nullptr, false, true);
  if (!isOfSpaces || !text.empty())
    parts.push_back(text);
  return parts;
}

/// Does the text start, or end, with an argument or with one of those in it?
static bool hasEnd(llvm::StringRef text, const Value &part, bool atStart) {
  if (part.is(Kind::List))
    return llvm::any_of(*part.list, [&](const Value &each) {
      return hasEnd(text, each, atStart);
    });
  return part.is(Kind::Text) &&
         (atStart ? text.starts_with(part.text) : text.ends_with(part.text));
}

Value Interpreter::callTextMethod(llvm::StringRef text, llvm::StringRef name,
                                  CallArguments &arguments) {
  spend(text.size() / 64);
  auto textArgument = [&](size_t place, llvm::StringRef called) {
    const Value *value = arguments.get(place, called);
    if (!value || !value->is(Kind::Text))
      fail("'" + name + "' needs a string");
    return value && !hasFailed() ? llvm::StringRef(value->text) : "";
  };
  auto count = [&](size_t place, llvm::StringRef called) {
    const Value *value = arguments.get(place, called);
    return value && value->isWhole() ? value->integer : -1;
  };
  if (name == "strip" || name == "lstrip" || name == "rstrip")
    return makeText(strip(text, arguments.get(0, "chars"), name != "rstrip",
                          name != "lstrip")
                        .str());
  if (name == "startswith" || name == "endswith") {
    const Value *part = arguments.get(0, "prefix");
    return Value::boolean(part && hasEnd(text, *part, name == "startswith"));
  }
  if (name == "replace") {
    llvm::StringRef from = textArgument(0, "old"), to = textArgument(1, "new");
    return makeText(replaceAll(text, from, to, count(2, "count")));
  }
  if (name == "split") {
    const Value *separator = arguments.get(0, "sep");
    if (separator && !separator->is(Kind::None) &&
        (!separator->is(Kind::Text) || separator->text.empty()))
      return fail("'split' needs a string that is not empty");
    Value::List parts;
    for (llvm::StringRef part : split(text, separator, count(1, "maxsplit")))
      parts.push_back(Value::textOf(part.str()));
    return makeList(std::move(parts));
  }
  if (name == "find") {
    size_t at = text.find(textArgument(0, "sub"));
    return Value::integerOf(at == llvm::StringRef::npos
                                ? -1
                                : countCharacters(text.take_front(at)));
  }
  if (name == "count") {
    llvm::StringRef part = textArgument(0, "sub");
    return Value::integerOf(part.empty() ? countCharacters(text) + 1
                                         : int64_t(text.count(part)));
  }
  if (name == "join") {
    CallArguments separator;
    separator.places.push_back(Value::textOf(text.str()));
    const Value *parts = arguments.get(0, "iterable");
    return applyFilter("join", parts ? *parts : Value(), separator);
  }
  if (name == "isdigit")
    return Value::boolean(!text.empty() && llvm::all_of(text, llvm::isDigit));
  CallArguments none;
  if (llvm::is_contained({"upper", "lower", "title", "capitalize"}, name))
    return applyFilter(name, Value::textOf(text.str()), none);
  return fail("a string has no method '" + name + "' here");
}

} // namespace mlir::eke::jinja
