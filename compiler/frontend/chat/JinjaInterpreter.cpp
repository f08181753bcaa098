//===- JinjaInterpreter.cpp - Running a template --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaInterpreter.h"

#include "compiler/frontend/chat/Jinja.h"

#include "llvm/ADT/ScopeExit.h"

namespace mlir::eke::jinja {

static constexpr unsigned deepestValue = 100;

llvm::Expected<Template> Template::parse(llvm::StringRef source) {
  if (source.size() > kMostTemplateBytes)
    return llvm::createStringError("has more than " +
                                   llvm::Twine(kMostTemplateBytes) + " bytes");
  auto body = jinja::parse(source);
  if (!body)
    return body.takeError();
  return Template(std::move(*body));
}

llvm::Expected<std::string>
Template::render(const Dict &variables,
                 const std::optional<Date> &today) const {
  return Interpreter(variables, today).run(body);
}

const Value *CallArguments::get(size_t place, llvm::StringRef name) {
  mostPlaces = std::max(mostPlaces, place + 1);
  if (place < places.size())
    return &places[place];
  const Value *value = names.find(name);
  namesUsed += value != nullptr;
  return value;
}

bool CallArguments::hasMore() const {
  return places.size() > mostPlaces || namesUsed < names.entries.size();
}

Interpreter::Interpreter(const Dict &variables,
                         const std::optional<Date> &today)
    : scopes(2), today(today) {
  for (llvm::StringRef name : {"raise_exception", "namespace", "range", "dict"})
    scopes[0][name] = Value::function(name);
  if (today)
    scopes[0][kDateFunction] = Value::function(kDateFunction);
  for (const auto &[name, value] : variables.entries)
    scopes[0][name] = value;
}

llvm::Expected<std::string> Interpreter::run(const Body &body) {
  runBody(body);
  if (hasFailed())
    return llvm::createStringError(error);
  return std::move(output);
}

//===----------------------------------------------------------------------===//
// Errors and limits
//===----------------------------------------------------------------------===//

Value Interpreter::fail(const llvm::Twine &what) {
  if (error.empty())
    error = ("line " + llvm::Twine(line) + ": " + what).str();
  return Value();
}

bool Interpreter::spend(size_t amount) {
  steps += amount;
  if (steps > kMostSteps)
    fail("takes more than " + llvm::Twine(kMostSteps) + " steps");
  return !hasFailed();
}

Value Interpreter::makeText(std::string text) {
  if (text.size() > kMostOutputBytes)
    return fail("makes a text of more than " + llvm::Twine(kMostOutputBytes) +
                " bytes");
  spend(1 + text.size() / 64);
  return Value::textOf(std::move(text));
}

Value Interpreter::makeList(Value::List elements) {
  spend(1 + elements.size());
  for (Value &element : elements)
    element = checkStorable(std::move(element));
  return Value::listOf(std::move(elements));
}

/// A namespace changes, so that what holds one might hold itself.
Value Interpreter::checkStorable(Value value) {
  if (value.is(Value::Kind::Namespace))
    return fail("a namespace is kept in another value, which is not supported");
  if (value.depth > deepestValue || value.count > kMostSteps)
    return fail("makes a value that is too large");
  return value;
}

void Interpreter::print(llvm::StringRef text) {
  if (output.size() + text.size() > kMostOutputBytes)
    fail("prints more than " + llvm::Twine(kMostOutputBytes) + " bytes");
  if (spend(text.size() / 64))
    output += text;
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

Interpreter::Flow Interpreter::runBody(const Body &body) {
  llvm::scope_exit leave([&] { --depth; });
  if (++depth > deepest)
    fail("nests deeper than " + llvm::Twine(deepest));
  for (const Statement &statement : body) {
    if (hasFailed())
      break;
    if (Flow flow = run(statement); flow != Flow::Next)
      return flow;
  }
  return Flow::Next;
}

Interpreter::Flow Interpreter::run(const Statement &statement) {
  using Kind = Statement::Kind;
  line = statement.line;
  if (!spend(1))
    return Flow::Next;
  switch (statement.kind) {
  case Kind::Data:
    print(statement.name);
    return Flow::Next;
  case Kind::Print:
    print(evaluate(*statement.value).print());
    return Flow::Next;
  case Kind::If:
    return runBody(evaluate(*statement.value).isTrue() ? statement.body
                                                       : statement.otherwise);
  case Kind::For:
    runFor(statement);
    return Flow::Next;
  case Kind::Set:
    runSet(statement);
    return Flow::Next;
  case Kind::Macro:
    scopes.back()[statement.name] = Value::function(statement.name, &statement);
    return Flow::Next;
  case Kind::Block:
    return runBody(statement.body);
  case Kind::Break:
    return Flow::Break;
  case Kind::Continue:
    return Flow::Continue;
  }
  llvm_unreachable("covered switch");
}

/// What `loop` says of one round.
static Value describeRound(const Value::List &elements, size_t index) {
  int64_t size = int64_t(elements.size()), at = int64_t(index);
  Dict loop;
  loop.set("index", Value::integerOf(at + 1));
  loop.set("index0", Value::integerOf(at));
  loop.set("revindex", Value::integerOf(size - at));
  loop.set("revindex0", Value::integerOf(size - at - 1));
  loop.set("first", Value::boolean(at == 0));
  loop.set("last", Value::boolean(at == size - 1));
  loop.set("length", Value::integerOf(size));
  loop.set("depth", Value::integerOf(1));
  loop.set("previtem",
           index > 0 ? elements[index - 1] : Value::undefined("previtem"));
  loop.set("nextitem", index + 1 < elements.size()
                           ? elements[index + 1]
                           : Value::undefined("nextitem"));
  return Value::dictOf(std::move(loop));
}

void Interpreter::runFor(const Statement &statement) {
  Value::List all = listElements(evaluate(*statement.value)), elements;
  scopes.emplace_back();
  llvm::scope_exit leave([&] { scopes.pop_back(); });
  if (statement.condition) {
    for (Value &element : all) {
      assign(statement.names, element);
      if (evaluate(*statement.condition).isTrue())
        elements.push_back(std::move(element));
      if (hasFailed())
        return;
    }
  } else {
    elements = std::move(all);
  }
  for (size_t i = 0; i < elements.size() && spend(1); ++i) {
    // What is set in a round is gone in the next one.
    scopes.back().clear();
    assign(statement.names, elements[i]);
    scopes.back()["loop"] = describeRound(elements, i);
    if (runBody(statement.body) == Flow::Break)
      break;
  }
  if (elements.empty()) {
    scopes.back().clear();
    runBody(statement.otherwise);
  }
}

/// Gives a value its name, or the elements of a list theirs.
void Interpreter::assign(const std::vector<std::string> &names,
                         const Value &value) {
  if (names.size() == 1) {
    scopes.back()[names.front()] = value;
    return;
  }
  Value::List elements = listElements(value);
  if (elements.size() != names.size() && !hasFailed())
    fail(llvm::Twine(elements.size()) + " values for " +
         llvm::Twine(names.size()) + " names");
  if (hasFailed())
    return;
  for (size_t i = 0; i < names.size(); ++i)
    scopes.back()[names[i]] = elements[i];
}

void Interpreter::runSet(const Statement &statement) {
  Value value = statement.value ? evaluate(*statement.value)
                                : makeText(capture(statement.body));
  if (hasFailed())
    return;
  if (statement.object.empty())
    return assign(statement.names, value);
  Value object = lookUp(statement.object);
  if (!object.is(Value::Kind::Namespace)) {
    fail("cannot set an attribute of '" + statement.object +
         "', which is no namespace");
    return;
  }
  object.dict->set(statement.names.front(), checkStorable(std::move(value)));
}

/// What a body prints.
std::string Interpreter::capture(const Body &body) {
  std::string outer = std::move(output);
  output.clear();
  runBody(body);
  std::swap(outer, output);
  return outer;
}

} // namespace mlir::eke::jinja
