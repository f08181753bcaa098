//===- JinjaEvaluate.cpp - Values of expressions --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaInterpreter.h"

#include "compiler/frontend/chat/Jinja.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace mlir::eke::jinja {

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

Value Interpreter::lookUp(llvm::StringRef name) const {
  for (const Scope &scope : llvm::reverse(scopes)) {
    auto found = scope.find(name);
    if (found != scope.end())
      return found->second;
  }
  return Value::undefined(name);
}

Value Interpreter::evaluate(const Expression &expression) {
  llvm::scope_exit leave([&] { --depth; });
  if (++depth > deepest)
    return fail("nests deeper than " + llvm::Twine(deepest));
  line = expression.line;
  if (!spend(1))
    return Value();
  Value result = evaluateKind(expression);
  return hasFailed() ? Value() : result;
}

Value Interpreter::evaluateOptional(const ExpressionPtr &expression) {
  return expression ? evaluate(*expression) : Value::none();
}

Value Interpreter::evaluateKind(const Expression &expression) {
  using Kind = Expression::Kind;
  auto part = [&](size_t i) { return evaluate(*expression.parts[i]); };
  switch (expression.kind) {
  case Kind::Literal:
    return expression.value;
  case Kind::Name:
    return lookUp(expression.name);
  case Kind::List: {
    Value::List elements;
    for (const ExpressionPtr &element : expression.parts)
      elements.push_back(evaluate(*element));
    return makeList(std::move(elements));
  }
  case Kind::Dict:
    return evaluateDict(expression);
  case Kind::Not:
    return Value::boolean(!part(0).isTrue());
  case Kind::Negative: {
    Value value = part(0);
    if (!value.isNumber() || (value.isWhole() && value.integer == INT64_MIN))
      return fail("cannot negate " + value.getKindName());
    return value.isWhole() ? Value::integerOf(-value.integer)
                           : Value::realOf(-value.real);
  }
  case Kind::And: {
    Value left = part(0);
    return left.isTrue() ? part(1) : left;
  }
  case Kind::Or: {
    Value left = part(0);
    return left.isTrue() ? left : part(1);
  }
  case Kind::Binary:
    return evaluateBinary(expression);
  case Kind::Conditional:
    if (part(1).isTrue())
      return part(0);
    return expression.parts[2] ? part(2) : Value::undefined("");
  case Kind::Attribute: {
    Value object = part(0);
    return getAttribute(object, expression.name);
  }
  case Kind::Item: {
    Value object = part(0);
    return evaluateItem(object, part(1));
  }
  case Kind::Slice:
    return evaluateSlice(expression);
  case Kind::Call:
    return evaluateCall(expression);
  case Kind::Filter: {
    Value value = part(0);
    CallArguments arguments = evaluateArguments(expression.arguments);
    if (hasFailed())
      return Value();
    return finish(applyFilter(expression.name, value, arguments),
                  expression.name, arguments);
  }
  case Kind::Test: {
    Value value = part(0);
    CallArguments arguments = evaluateArguments(expression.arguments);
    if (hasFailed())
      return Value();
    return Value::boolean(applyTest(expression.name, value, arguments));
  }
  }
  llvm_unreachable("covered switch");
}

Value Interpreter::finish(Value result, llvm::StringRef name,
                          CallArguments &arguments) {
  if (!hasFailed() && arguments.hasMore())
    return fail("'" + name + "' has an argument that is not supported");
  return result;
}

CallArguments Interpreter::evaluateArguments(const Arguments &arguments) {
  CallArguments values;
  for (const ExpressionPtr &argument : arguments.places)
    values.places.push_back(evaluate(*argument));
  for (const auto &[name, argument] : arguments.names)
    values.names.set(name, evaluate(*argument));
  return values;
}

Value Interpreter::evaluateDict(const Expression &expression) {
  Dict entries;
  for (size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
    Value key = evaluate(*expression.parts[i]);
    Value value = checkStorable(evaluate(*expression.parts[i + 1]));
    if (!hasFailed() && !key.is(Value::Kind::Text))
      return fail("a key is " + key.getKindName() + "; expected a string");
    entries.set(key.text, std::move(value));
  }
  return Value::dictOf(std::move(entries));
}

bool Interpreter::contains(const Value &container, const Value &element) {
  using Kind = Value::Kind;
  switch (container.kind) {
  case Kind::Text:
    if (element.is(Kind::Text))
      return llvm::StringRef(container.text).contains(element.text);
    break;
  case Kind::List:
    spend(container.list->size());
    return llvm::is_contained(*container.list, element);
  case Kind::Dict:
    return element.is(Kind::Text) && container.dict->find(element.text);
  case Kind::Undefined:
    return false;
  default:
    break;
  }
  fail("cannot look for " + element.getKindName() + " in " +
       container.getKindName());
  return false;
}

int Interpreter::compare(const Value &left, const Value &right) {
  if (left.isWhole() && right.isWhole())
    return left.integer < right.integer ? -1 : left.integer > right.integer;
  if (left.isNumber() && right.isNumber())
    return left.asReal() < right.asReal() ? -1 : left.asReal() > right.asReal();
  if (left.is(Value::Kind::Text) && right.is(Value::Kind::Text))
    return left.text.compare(right.text);
  fail("cannot compare " + left.getKindName() + " and " + right.getKindName());
  return 0;
}

Value Interpreter::evaluateBinary(const Expression &expression) {
  Value left = evaluate(*expression.parts[0]);
  Value right = evaluate(*expression.parts[1]);
  llvm::StringRef name = expression.name;
  if (hasFailed())
    return Value();
  if (name == "==")
    return Value::boolean(left == right);
  if (name == "!=")
    return Value::boolean(!(left == right));
  if (name == "in")
    return Value::boolean(contains(right, left));
  if (name == "not in")
    return Value::boolean(!contains(right, left));
  if (name == "<")
    return Value::boolean(compare(left, right) < 0);
  if (name == "<=")
    return Value::boolean(compare(left, right) <= 0);
  if (name == ">")
    return Value::boolean(compare(left, right) > 0);
  if (name == ">=")
    return Value::boolean(compare(left, right) >= 0);
  if (name == "~")
    return makeText(left.print() + right.print());
  return evaluateArithmetic(name, left, right);
}

/// The largest whole number that is at most left / right.
static int64_t divideDown(int64_t left, int64_t right) {
  int64_t quotient = left / right;
  return quotient - ((left % right != 0) && ((left < 0) != (right < 0)));
}

Value Interpreter::evaluateArithmetic(llvm::StringRef name, const Value &left,
                                      const Value &right) {
  using Kind = Value::Kind;
  if (name == "+" && left.is(Kind::Text) && right.is(Kind::Text))
    return makeText(left.text + right.text);
  if (name == "+" && left.is(Kind::List) && right.is(Kind::List)) {
    Value::List elements = *left.list;
    elements.insert(elements.end(), right.list->begin(), right.list->end());
    return makeList(std::move(elements));
  }
  if (name == "*" && left.is(Kind::Text) && right.isWhole()) {
    std::string text;
    for (int64_t i = 0;
         i < right.integer && text.size() <= kMostOutputBytes && spend(1); ++i)
      text += left.text;
    return makeText(std::move(text));
  }
  for (const Value *value : {&left, &right})
    if (value->is(Kind::Undefined))
      return fail("'" + value->text + "' is undefined");
  if (!left.isNumber() || !right.isNumber())
    return fail("cannot compute " + left.getKindName() + " " + name + " " +
                right.getKindName());
  bool divides = name == "/" || name == "//" || name == "%";
  if (divides && right.asReal() == 0)
    return fail("divides by zero");
  if (name == "/")
    return Value::realOf(left.asReal() / right.asReal());
  if (name != "**" && !divides && !(left.isWhole() && right.isWhole())) {
    double a = left.asReal(), b = right.asReal();
    return Value::realOf(name == "+" ? a + b : name == "-" ? a - b : a * b);
  }
  if (!left.isWhole() || !right.isWhole() || name == "**")
    return fail("'" + name + "' is for whole numbers here");
  int64_t a = left.integer, b = right.integer, result = 0;
  bool overflows = divides       ? a == INT64_MIN && b == -1
                   : name == "+" ? llvm::AddOverflow(a, b, result)
                   : name == "-" ? llvm::SubOverflow(a, b, result)
                                 : llvm::MulOverflow(a, b, result);
  if (overflows)
    return fail("a number is too large");
  if (divides)
    result = name == "//" ? divideDown(a, b) : a - divideDown(a, b) * b;
  return Value::integerOf(result);
}

//===----------------------------------------------------------------------===//
// Parts of values
//===----------------------------------------------------------------------===//

Value::List Interpreter::listElements(const Value &value) {
  using Kind = Value::Kind;
  Value::List elements;
  switch (value.kind) {
  case Kind::List:
    elements = *value.list;
    break;
  case Kind::Dict:
    for (const auto &entry : value.dict->entries)
      elements.push_back(Value::textOf(entry.first));
    break;
  case Kind::Text:
    for (llvm::StringRef character : listCharacters(value.text))
      elements.push_back(Value::textOf(character.str()));
    break;
  case Kind::Undefined:
    break;
  default:
    fail("cannot go through " + value.getKindName());
  }
  spend(elements.size());
  return elements;
}

Value Interpreter::getAttribute(const Value &object, llvm::StringRef name) {
  if (object.is(Value::Kind::Undefined))
    return fail("'" + object.text + "' is undefined");
  if (object.dict)
    if (const Value *value = object.dict->find(name))
      return *value;
  // Methods are there to be called, which evaluateCall does.
  bool isMethod =
      (object.is(Value::Kind::Text) &&
       llvm::is_contained({"strip", "lstrip", "rstrip", "split", "startswith",
                           "endswith", "upper", "lower", "replace", "join"},
                          name)) ||
      (object.is(Value::Kind::Dict) &&
       llvm::is_contained({"items", "keys", "values", "get"}, name));
  return isMethod ? Value::function(name) : Value::undefined(name);
}

Value Interpreter::evaluateItem(const Value &object, const Value &key) {
  using Kind = Value::Kind;
  if (hasFailed())
    return Value();
  if (key.is(Kind::Text) && !object.is(Kind::List) && !object.is(Kind::Text))
    return getAttribute(object, key.text);
  if (object.is(Kind::Undefined))
    return fail("'" + object.text + "' is undefined");
  if (!key.isWhole() || (!object.is(Kind::List) && !object.is(Kind::Text)))
    return Value::undefined(key.print());
  Value::List elements = listElements(object);
  int64_t size = int64_t(elements.size());
  int64_t at = key.integer < 0 ? key.integer + size : key.integer;
  if (at < 0 || at >= size)
    return Value::undefined(key.print());
  return elements[size_t(at)];
}

Value Interpreter::evaluateSlice(const Expression &expression) {
  using Kind = Value::Kind;
  Value object = evaluate(*expression.parts[0]);
  Value bounds[3];
  for (int i = 0; i < 3; ++i) {
    bounds[i] = evaluateOptional(expression.parts[i + 1]);
    if (!hasFailed() && !bounds[i].is(Kind::None) && !bounds[i].isWhole())
      return fail("the bound of a slice is " + bounds[i].getKindName());
  }
  if (hasFailed())
    return Value();
  if (!object.is(Kind::List) && !object.is(Kind::Text))
    return fail("cannot slice " + object.getKindName());
  Value::List elements = listElements(object), chosen;
  int64_t size = int64_t(elements.size());
  int64_t step = bounds[2].is(Kind::None) ? 1 : bounds[2].integer;
  if (step == 0 || step == INT64_MIN)
    return fail("the step of a slice is zero or too small");
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  auto place = [&](const Value &bound, int64_t otherwise) {
    if (bound.is(Kind::None))
      return otherwise;
    int64_t at = bound.integer < 0 ? std::max(bound.integer, -size - 1) + size
                                   : bound.integer;
    return std::clamp(at, low, high);
  };
  int64_t begin = place(bounds[0], step > 0 ? low : high);
  int64_t end = place(bounds[1], step > 0 ? high : low);
  for (int64_t at = begin; step > 0 ? at < end : at > end;) {
    chosen.push_back(elements[size_t(at)]);
    if (llvm::AddOverflow(at, step, at))
      break;
  }
  if (object.is(Kind::List))
    return makeList(std::move(chosen));
  std::string text;
  for (const Value &character : chosen)
    text += character.text;
  return makeText(std::move(text));
}

} // namespace mlir::eke::jinja
