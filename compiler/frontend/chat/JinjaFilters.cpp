//===- JinjaFilters.cpp - Filters and tests -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaInterpreter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke::jinja {

using Kind = Value::Kind;

//===----------------------------------------------------------------------===//
// Filters
//===----------------------------------------------------------------------===//

namespace {

struct FilterCall {
  Interpreter &interpreter;
  llvm::StringRef name;
  const Value &value;
  CallArguments &arguments;

  /// What the filter goes through.
  Value::List elements() const { return interpreter.listElements(value); }
  std::string textArgument(size_t place, llvm::StringRef called,
                           llvm::StringRef otherwise) const {
    const Value *argument = arguments.get(place, called);
    return argument ? argument->print() : otherwise.str();
  }
  int64_t numberArgument(size_t place, llvm::StringRef called,
                         int64_t otherwise) const {
    const Value *argument = arguments.get(place, called);
    return argument && argument->isWhole() ? argument->integer : otherwise;
  }
};

/// Letters of ASCII change; no template changes others.
template <typename Change> Value mapLetters(FilterCall call, Change change) {
  std::string text = call.value.print();
  bool startsWord = true;
  for (size_t i = 0; i < text.size(); ++i) {
    text[i] = change(text[i], i == 0, startsWord);
    startsWord = !llvm::isAlnum(text[i]) && !(text[i] & 0x80);
  }
  return call.interpreter.makeText(std::move(text));
}

Value upper(FilterCall call) {
  return mapLetters(call, [](char c, bool, bool) { return llvm::toUpper(c); });
}
Value lower(FilterCall call) {
  return mapLetters(call, [](char c, bool, bool) { return llvm::toLower(c); });
}
Value title(FilterCall call) {
  return mapLetters(call, [](char c, bool, bool starts) {
    return starts ? llvm::toUpper(c) : llvm::toLower(c);
  });
}
Value capitalize(FilterCall call) {
  return mapLetters(call, [](char c, bool isFirst, bool) {
    return isFirst ? llvm::toUpper(c) : llvm::toLower(c);
  });
}

Value trim(FilterCall call) {
  std::string text = call.value.print();
  const Value *characters = call.arguments.get(0, "chars");
  return call.interpreter.makeText(strip(text, characters, true, true).str());
}

Value length(FilterCall call) {
  return Value::integerOf(int64_t(call.elements().size()));
}

Value orDefault(FilterCall call) {
  const Value *otherwise = call.arguments.get(0, "default_value");
  const Value *ofFalse = call.arguments.get(1, "boolean");
  bool isMissing = call.value.is(Kind::Undefined) ||
                   (ofFalse && ofFalse->isTrue() && !call.value.isTrue());
  if (!isMissing)
    return call.value;
  return otherwise ? *otherwise : Value::textOf("");
}

Value join(FilterCall call) {
  std::string separator = call.textArgument(0, "d", ""), text;
  const Value *attribute = call.arguments.get(1, "attribute");
  bool isFirst = true;
  for (const Value &element : call.elements()) {
    text += isFirst ? "" : separator;
    text +=
        attribute
            ? call.interpreter.getAttribute(element, attribute->text).print()
            : element.print();
    isFirst = false;
    if (!call.interpreter.spend(1 + text.size() / 1024))
      return Value();
  }
  return call.interpreter.makeText(std::move(text));
}

Value printJSON(FilterCall call) {
  // What else json.dumps takes says nothing that is not so already.
  (void)call.arguments.get(4, "ensure_ascii");
  int64_t indent = call.numberArgument(0, "indent", -1);
  return call.interpreter.makeText(
      call.value.printJSON(int(std::clamp<int64_t>(indent, -1, 16))));
}

Value firstElement(FilterCall call) {
  Value::List elements = call.elements();
  if (elements.empty())
    return Value::undefined("first");
  return call.name == "first" ? elements.front() : elements.back();
}

Value list(FilterCall call) {
  return call.interpreter.makeList(call.elements());
}

Value reverse(FilterCall call) {
  Value::List elements = call.elements();
  std::reverse(elements.begin(), elements.end());
  if (!call.value.is(Kind::Text))
    return call.interpreter.makeList(std::move(elements));
  std::string text;
  for (const Value &character : elements)
    text += character.text;
  return call.interpreter.makeText(std::move(text));
}

Value print(FilterCall call) {
  return call.interpreter.makeText(call.value.print());
}

Value toInteger(FilterCall call) {
  if (call.value.isWhole())
    return Value::integerOf(call.value.integer);
  int64_t number = 0;
  if (call.value.is(Kind::Real) && std::fabs(call.value.real) < 1e18)
    return Value::integerOf(int64_t(call.value.real));
  if (!call.value.is(Kind::Text) ||
      strip(call.value.text, nullptr, true, true).getAsInteger(10, number))
    return Value::integerOf(call.numberArgument(0, "default", 0));
  return Value::integerOf(number);
}

Value replace(FilterCall call) {
  std::string from = call.textArgument(0, "old", ""),
              to = call.textArgument(1, "new", "");
  return call.interpreter.makeText(replaceAll(
      call.value.print(), from, to, call.numberArgument(2, "count", -1)));
}

Value items(FilterCall call) {
  Value::List pairs;
  if (call.value.is(Kind::Dict))
    for (const auto &[key, value] : call.value.dict->entries)
      pairs.push_back(Value::listOf({Value::textOf(key), value}));
  else if (!call.value.is(Kind::Undefined))
    return call.interpreter.fail("'items' needs a dict");
  return call.interpreter.makeList(std::move(pairs));
}

/// Each line but the first, and blank ones, with spaces in front.
Value indent(FilterCall call) {
  std::string space(
      size_t(std::clamp<int64_t>(call.numberArgument(0, "width", 4), 0, 64)),
      ' ');
  const Value *first = call.arguments.get(1, "first");
  const Value *blank = call.arguments.get(2, "blank");
  std::string text = call.value.print(), result;
  bool isFirst = true;
  for (llvm::StringRef line : llvm::split(text, '\n')) {
    bool isShown = isFirst ? first && first->isTrue()
                           : !line.empty() || (blank && blank->isTrue());
    result += isFirst ? "" : "\n";
    result += (isShown ? space : "") + line.str();
    isFirst = false;
  }
  return call.interpreter.makeText(std::move(result));
}

/// `map(attribute="a")`, or `map("filter", …)`.
Value map(FilterCall call) {
  Value::List results;
  const Value *attribute = call.arguments.names.find("attribute");
  if (attribute) {
    (void)call.arguments.get(0, "attribute");
    const Value *otherwise = call.arguments.get(1, "default");
    for (const Value &element : call.elements()) {
      Value found = call.interpreter.getAttribute(element, attribute->text);
      bool isMissing = found.is(Kind::Undefined) && otherwise;
      results.push_back(isMissing ? *otherwise : found);
    }
    return call.interpreter.makeList(std::move(results));
  }
  const Value *filter = call.arguments.get(0, "");
  if (!filter)
    return call.interpreter.fail("'map' needs a filter or an attribute");
  for (const Value &element : call.elements()) {
    CallArguments rest;
    rest.places.assign(call.arguments.places.begin() + 1,
                       call.arguments.places.end());
    results.push_back(
        call.interpreter.applyFilter(filter->text, element, rest));
  }
  (void)call.arguments.get(call.arguments.places.size(), "");
  return call.interpreter.makeList(std::move(results));
}

/// Those elements, or attributes of elements, that pass a test, or that do not.
Value select(FilterCall call) {
  bool isOfAttributes = call.name.ends_with("attr");
  bool isRejected = call.name.starts_with("reject");
  std::vector<Value> rest = call.arguments.places;
  (void)call.arguments.get(rest.size(), "");
  std::string attribute, test;
  if (isOfAttributes) {
    if (rest.empty())
      return call.interpreter.fail("'" + call.name + "' needs an attribute");
    attribute = rest.front().text;
    rest.erase(rest.begin());
  }
  if (!rest.empty()) {
    test = rest.front().text;
    rest.erase(rest.begin());
  }
  Value::List chosen;
  for (const Value &element : call.elements()) {
    Value asked = isOfAttributes
                      ? call.interpreter.getAttribute(element, attribute)
                      : element;
    CallArguments arguments;
    arguments.places = rest;
    bool passes = test.empty()
                      ? asked.isTrue()
                      : call.interpreter.applyTest(test, asked, arguments);
    if (passes != isRejected)
      chosen.push_back(element);
  }
  return call.interpreter.makeList(std::move(chosen));
}

Value unique(FilterCall call) {
  Value::List chosen;
  for (const Value &element : call.elements())
    if (call.interpreter.spend(chosen.size()) &&
        !llvm::is_contained(chosen, element))
      chosen.push_back(element);
  return call.interpreter.makeList(std::move(chosen));
}

Value sort(FilterCall call) {
  Value::List elements = call.elements();
  bool isReversed = call.arguments.get(0, "reverse") &&
                    call.arguments.get(0, "reverse")->isTrue();
  // Insertion is stable, and asks no more once something cannot be compared.
  for (size_t i = 1; i < elements.size(); ++i)
    for (size_t j = i; j > 0 && call.interpreter.spend(1); --j) {
      int order = call.interpreter.compare(elements[j - 1], elements[j]);
      if (isReversed ? order >= 0 : order <= 0)
        break;
      std::swap(elements[j - 1], elements[j]);
    }
  return call.interpreter.makeList(std::move(elements));
}

Value same(FilterCall call) { return call.value; }

struct Filter {
  llvm::StringLiteral name;
  Value (*apply)(FilterCall call);
};

constexpr Filter filters[] = {
    {"capitalize", capitalize},
    {"count", length},
    {"d", orDefault},
    {"default", orDefault},
    {"first", firstElement},
    {"indent", indent},
    {"int", toInteger},
    {"items", items},
    {"join", join},
    {"last", firstElement},
    {"length", length},
    {"list", list},
    {"lower", lower},
    {"map", map},
    {"reject", select},
    {"rejectattr", select},
    {"replace", replace},
    {"reverse", reverse},
    {"safe", same},
    {"select", select},
    {"selectattr", select},
    {"sort", sort},
    {"string", print},
    {"title", title},
    {"tojson", printJSON},
    {"trim", trim},
    {"unique", unique},
    {"upper", upper},
};

} // namespace

Value Interpreter::applyFilter(llvm::StringRef name, const Value &value,
                               CallArguments &arguments) {
  for (const Filter &filter : filters)
    if (filter.name == name)
      return filter.apply({*this, name, value, arguments});
  return fail("the filter '" + name + "' is not supported");
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

/// Tests that ask a value alone.
static std::optional<bool> testAlone(llvm::StringRef name, const Value &value) {
  if (name == "defined")
    return !value.is(Kind::Undefined);
  if (name == "undefined")
    return value.is(Kind::Undefined);
  if (name == "none")
    return value.is(Kind::None);
  if (name == "string")
    return value.is(Kind::Text);
  if (name == "boolean")
    return value.is(Kind::Boolean);
  if (name == "true")
    return value.is(Kind::Boolean) && value.integer;
  if (name == "false")
    return value.is(Kind::Boolean) && !value.integer;
  if (name == "number")
    return value.isNumber();
  if (name == "integer")
    return value.is(Kind::Integer);
  if (name == "float")
    return value.is(Kind::Real);
  if (name == "mapping")
    return value.is(Kind::Dict);
  if (name == "sequence" || name == "iterable")
    return value.is(Kind::List) || value.is(Kind::Dict) ||
           value.is(Kind::Text) || value.is(Kind::Undefined);
  if (name == "callable")
    return value.is(Kind::Function);
  if (name == "odd" || name == "even")
    return value.isWhole() && (value.integer % 2 != 0) == (name == "odd");
  return std::nullopt;
}

bool Interpreter::applyTest(llvm::StringRef name, const Value &value,
                            CallArguments &arguments) {
  if (std::optional<bool> result = testAlone(name, value))
    return *result;
  const Value *other = arguments.get(0, "");
  if (!other) {
    fail("the test '" + name + "' is not supported, or needs an argument");
    return false;
  }
  if (llvm::is_contained({"equalto", "eq", "sameas"}, name))
    return value == *other;
  if (name == "ne")
    return !(value == *other);
  if (name == "in")
    return contains(*other, value);
  if (name == "gt" || name == "greaterthan")
    return compare(value, *other) > 0;
  if (name == "lt" || name == "lessthan")
    return compare(value, *other) < 0;
  if (name == "ge")
    return compare(value, *other) >= 0;
  if (name == "le")
    return compare(value, *other) <= 0;
  if (name == "divisibleby" && value.isWhole() && other->isWhole() &&
      other->integer > 0)
    return value.integer % other->integer == 0;
  fail("the test '" + name + "' is not supported");
  return false;
}

} // namespace mlir::eke::jinja
