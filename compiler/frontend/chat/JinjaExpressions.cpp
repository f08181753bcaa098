//===- JinjaExpressions.cpp - From tokens to expressions ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaParser.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/Twine.h"

namespace mlir::eke::jinja {

using Kind = Expression::Kind;
using TokenKind = Token::Kind;

/// What nests deeper is no template that a person wrote.
static constexpr unsigned deepest = 100, longestChain = 300;

//===----------------------------------------------------------------------===//
// Reading tokens
//===----------------------------------------------------------------------===//

void TokenReader::fail(const llvm::Twine &what) {
  if (error.empty())
    error = llvm::toString(errorAt(peek().line, what));
  at = tokens.size() - 1;
}

static std::string describe(const Token &token) {
  switch (token.kind) {
  case TokenKind::Data:
    return "text";
  case TokenKind::BeginPrint:
    return "'{{'";
  case TokenKind::EndPrint:
    return "'}}'";
  case TokenKind::BeginBlock:
    return "'{%'";
  case TokenKind::EndBlock:
    return "'%}'";
  case TokenKind::Text:
    return "a string";
  case TokenKind::End:
    return "the end of the template";
  default:
    return "'" + token.text + "'";
  }
}

void TokenReader::expectOperator(llvm::StringRef text) {
  if (!takeOperator(text))
    fail("expected '" + text + "', got " + describe(peek()));
}

void TokenReader::expect(TokenKind kind, llvm::StringRef what) {
  if (!isAt(kind))
    return fail("expected " + what + ", got " + describe(peek()));
  take();
}

std::string TokenReader::expectName() {
  if (isAt(TokenKind::Name))
    return take().text;
  fail("expected a name, got " + describe(peek()));
  return "";
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

std::shared_ptr<Expression>
ExpressionParser::make(Kind kind, std::vector<ExpressionPtr> parts,
                       llvm::StringRef name) {
  auto result = std::make_shared<Expression>();
  result->kind = kind;
  result->line = reader.peek().line;
  result->name = name.str();
  result->parts = std::move(parts);
  measure(*result);
  return result;
}

/// Chains of operators nest as well: `a + b + c` is `(a + b) + c`.
void ExpressionParser::measure(Expression &expression) {
  auto count = [&](const ExpressionPtr &part) {
    if (part)
      expression.depth = std::max(expression.depth, part->depth + 1);
  };
  llvm::for_each(expression.parts, count);
  llvm::for_each(expression.arguments.places, count);
  for (const auto &argument : expression.arguments.names)
    count(argument.second);
  if (expression.depth > longestChain)
    reader.fail("expressions nest deeper than " + llvm::Twine(longestChain));
}

ExpressionPtr
ExpressionParser::withArguments(std::shared_ptr<Expression> expression) {
  if (reader.isAt(TokenKind::Operator, "(")) {
    expression->arguments = parseArguments();
    measure(*expression);
  }
  return expression;
}

ExpressionPtr ExpressionParser::parseTuple() {
  ExpressionPtr first = parse();
  if (!reader.isAt(TokenKind::Operator, ","))
    return first;
  std::vector<ExpressionPtr> parts = {first};
  while (reader.takeOperator(",")) {
    if (reader.isAt(TokenKind::EndBlock) || reader.isAt(TokenKind::EndPrint) ||
        reader.isAt(TokenKind::Operator, ")"))
      break;
    parts.push_back(parse());
  }
  return make(Kind::List, std::move(parts));
}

ExpressionPtr ExpressionParser::parse() {
  llvm::scope_exit leave([&] { --depth; });
  if (++depth > deepest)
    reader.fail("expressions nest deeper than " + llvm::Twine(deepest));
  ExpressionPtr value = parseOr();
  while (reader.takeName("if")) {
    ExpressionPtr condition = parseOr();
    ExpressionPtr otherwise = reader.takeName("else") ? parse() : nullptr;
    value = make(Kind::Conditional, {value, condition, otherwise});
  }
  return value;
}

ExpressionPtr ExpressionParser::parseOr() {
  ExpressionPtr left = parseAnd();
  while (reader.takeName("or"))
    left = make(Kind::Or, {left, parseAnd()});
  return left;
}

ExpressionPtr ExpressionParser::parseAnd() {
  ExpressionPtr left = parseNot();
  while (reader.takeName("and"))
    left = make(Kind::And, {left, parseNot()});
  return left;
}

ExpressionPtr ExpressionParser::parseNot() {
  unsigned count = 0;
  while (reader.takeName("not"))
    ++count;
  ExpressionPtr value = parseComparison();
  for (unsigned i = 0; i < std::min(count, 2 - count % 2); ++i)
    value = make(Kind::Not, {value});
  return value;
}

ExpressionPtr ExpressionParser::parseComparison() {
  ExpressionPtr left = parseSum(), all;
  while (true) {
    std::string name = reader.peek().text;
    if (reader.isAt(TokenKind::Name, "not") &&
        reader.peek(1).is(TokenKind::Name, "in")) {
      reader.take();
      name = "not in";
    } else if (!reader.isAt(TokenKind::Name, "in") &&
               !(reader.isAt(TokenKind::Operator) &&
                 llvm::is_contained({"==", "!=", "<", ">", "<=", ">="},
                                    name))) {
      return all ? all : left;
    }
    reader.take();
    ExpressionPtr right = parseSum();
    ExpressionPtr next = make(Kind::Binary, {left, right}, name);
    all = all ? ExpressionPtr(make(Kind::And, {all, next})) : next;
    left = right;
  }
}

ExpressionPtr ExpressionParser::parseSum() {
  ExpressionPtr left = parseConcatenation();
  while (reader.isAt(TokenKind::Operator, "+") ||
         reader.isAt(TokenKind::Operator, "-")) {
    std::string name = reader.take().text;
    left = make(Kind::Binary, {left, parseConcatenation()}, name);
  }
  return left;
}

ExpressionPtr ExpressionParser::parseConcatenation() {
  ExpressionPtr left = parseProduct();
  while (reader.takeOperator("~"))
    left = make(Kind::Binary, {left, parseProduct()}, "~");
  return left;
}

ExpressionPtr ExpressionParser::parseProduct() {
  ExpressionPtr left = parsePower();
  while (reader.isAt(TokenKind::Operator) &&
         llvm::is_contained({"*", "/", "//", "%"}, reader.peek().text)) {
    std::string name = reader.take().text;
    left = make(Kind::Binary, {left, parsePower()}, name);
  }
  return left;
}

ExpressionPtr ExpressionParser::parsePower() {
  ExpressionPtr left = parseUnary(/*withFilters=*/true);
  while (reader.takeOperator("**"))
    left = make(Kind::Binary, {left, parseUnary(true)}, "**");
  return left;
}

ExpressionPtr ExpressionParser::parseUnary(bool withFilters) {
  llvm::scope_exit leave([&] { --depth; });
  if (++depth > deepest)
    reader.fail("expressions nest deeper than " + llvm::Twine(deepest));
  ExpressionPtr value;
  if (reader.takeOperator("-"))
    value = make(Kind::Negative, {parseUnary(false)});
  else if (reader.takeOperator("+"))
    value = parseUnary(false);
  else
    value = parsePrimary();
  value = parsePostfix(std::move(value));
  return withFilters ? parseFilters(std::move(value)) : value;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

ExpressionPtr ExpressionParser::parsePrimary() {
  auto literal = [&](Value value) {
    auto result = make(Kind::Literal);
    result->value = std::move(value);
    return result;
  };
  const Token &token = reader.peek();
  if (token.kind == TokenKind::Name)
    return parseName();
  if (token.kind == TokenKind::Text) {
    std::string text;
    while (reader.isAt(TokenKind::Text))
      text += reader.take().text;
    return literal(Value::textOf(std::move(text)));
  }
  if (token.kind == TokenKind::Integer) {
    int64_t number = 0;
    if (llvm::StringRef(token.text).getAsInteger(10, number))
      reader.fail("'" + token.text + "' is too large");
    reader.take();
    return literal(Value::integerOf(number));
  }
  if (token.kind == TokenKind::Real)
    return literal(
        Value::realOf(std::strtod(reader.take().text.c_str(), nullptr)));
  if (reader.takeOperator("("))
    return parseSequence(")");
  if (reader.takeOperator("["))
    return parseSequence("]");
  if (reader.takeOperator("{"))
    return parseDict();
  reader.fail("expected an expression, got " + describe(token));
  return literal(Value());
}

ExpressionPtr ExpressionParser::parseName() {
  std::string name = reader.take().text;
  auto literal = make(Kind::Literal);
  if (name == "true" || name == "True")
    literal->value = Value::boolean(true);
  else if (name == "false" || name == "False")
    literal->value = Value::boolean(false);
  else if (name == "none" || name == "None")
    literal->value = Value::none();
  else
    return make(Kind::Name, {}, name);
  return literal;
}

/// Parses a list, or what is in parentheses: a tuple if it has a comma.
ExpressionPtr ExpressionParser::parseSequence(llvm::StringRef close) {
  std::vector<ExpressionPtr> parts;
  bool hasComma = false;
  while (!reader.takeOperator(close) && !reader.hasFailed()) {
    parts.push_back(parse());
    if (reader.takeOperator(","))
      hasComma = true;
    else if (!reader.isAt(TokenKind::Operator, close))
      reader.expectOperator(close);
  }
  if (close == ")" && parts.size() == 1 && !hasComma)
    return parts.front();
  return make(Kind::List, std::move(parts));
}

ExpressionPtr ExpressionParser::parseDict() {
  std::vector<ExpressionPtr> parts;
  while (!reader.takeOperator("}") && !reader.hasFailed()) {
    parts.push_back(parse());
    reader.expectOperator(":");
    parts.push_back(parse());
    if (!reader.takeOperator(",") && !reader.isAt(TokenKind::Operator, "}"))
      reader.expectOperator("}");
  }
  return make(Kind::Dict, std::move(parts));
}

ExpressionPtr ExpressionParser::parsePostfix(ExpressionPtr expression) {
  while (!reader.hasFailed()) {
    if (reader.takeOperator(".")) {
      if (reader.isAt(TokenKind::Integer)) {
        expression = make(Kind::Item, {expression, parsePrimary()});
        continue;
      }
      std::string name = reader.expectName();
      expression = make(Kind::Attribute, {expression}, name);
    } else if (reader.takeOperator("[")) {
      expression = parseSubscript(expression);
    } else if (reader.isAt(TokenKind::Operator, "(")) {
      expression = withArguments(make(Kind::Call, {expression}));
    } else {
      break;
    }
  }
  return expression;
}

/// Parses what follows an opening bracket: an index, or a slice.
ExpressionPtr ExpressionParser::parseSubscript(ExpressionPtr expression) {
  std::vector<ExpressionPtr> parts = {expression, nullptr};
  if (!reader.isAt(TokenKind::Operator, ":"))
    parts[1] = parse();
  if (reader.takeOperator("]"))
    return make(Kind::Item, std::move(parts));
  while (reader.takeOperator(":") && parts.size() < 4) {
    bool isEmpty = reader.isAt(TokenKind::Operator, ":") ||
                   reader.isAt(TokenKind::Operator, "]");
    parts.push_back(isEmpty ? nullptr : parse());
  }
  reader.expectOperator("]");
  parts.resize(4);
  return make(Kind::Slice, std::move(parts));
}

ExpressionPtr ExpressionParser::parseFilters(ExpressionPtr expression) {
  while (!reader.hasFailed()) {
    if (reader.takeOperator("|")) {
      std::string name = reader.expectName();
      expression =
          parsePostfix(withArguments(make(Kind::Filter, {expression}, name)));
    } else if (reader.takeName("is")) {
      expression = parseTest(expression);
    } else {
      break;
    }
  }
  return expression;
}

/// Does an argument of a test follow, without parentheses?
bool ExpressionParser::startsTestArgument() const {
  const Token &token = reader.peek();
  if (token.kind == TokenKind::Name)
    return !llvm::is_contained({"else", "or", "and", "is", "if", "in", "not"},
                               token.text);
  return token.kind == TokenKind::Text || token.kind == TokenKind::Integer ||
         token.kind == TokenKind::Real || token.is(TokenKind::Operator, "[") ||
         token.is(TokenKind::Operator, "{");
}

ExpressionPtr ExpressionParser::parseTest(ExpressionPtr expression) {
  bool isNegated = reader.takeName("not");
  std::string name = reader.expectName();
  std::shared_ptr<Expression> test = make(Kind::Test, {expression}, name);
  if (startsTestArgument()) {
    test->arguments.places.push_back(parsePostfix(parsePrimary()));
    measure(*test);
  }
  ExpressionPtr result = withArguments(test);
  return isNegated ? ExpressionPtr(make(Kind::Not, {result})) : result;
}

Arguments ExpressionParser::parseArguments() {
  Arguments arguments;
  reader.expectOperator("(");
  while (!reader.takeOperator(")") && !reader.hasFailed()) {
    if (reader.isAt(TokenKind::Name) &&
        reader.peek(1).is(TokenKind::Operator, "=")) {
      std::string name = reader.take().text;
      reader.take();
      arguments.names.emplace_back(name, parse());
    } else {
      arguments.places.push_back(parse());
    }
    if (!reader.takeOperator(",") && !reader.isAt(TokenKind::Operator, ")"))
      reader.expectOperator(")");
  }
  return arguments;
}

} // namespace mlir::eke::jinja
