//===- JinjaParser.cpp - From tokens to statements ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaParser.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

namespace mlir::eke::jinja {
namespace {

using Kind = Statement::Kind;
using TokenKind = Token::Kind;

constexpr unsigned deepest = 100;

class StatementParser {
public:
  explicit StatementParser(std::vector<Token> tokens)
      : reader(std::move(tokens)), expressions(reader) {}

  llvm::Expected<Body> run() {
    Body body = parseBody({});
    if (!reader.isAt(TokenKind::End))
      reader.fail("unexpected '" + reader.peek(1).text + "'");
    if (reader.hasFailed())
      return reader.takeError();
    return std::move(body);
  }

private:
  /// Parses up to a tag of one of these names, or to the end.
  Body parseBody(llvm::ArrayRef<llvm::StringRef> ends) {
    Body body;
    if (++depth > deepest)
      reader.fail("statements nest deeper than " + llvm::Twine(deepest));
    while (!reader.isAt(TokenKind::End)) {
      unsigned line = reader.peek().line;
      if (reader.isAt(TokenKind::Data)) {
        Statement data{Kind::Data, line};
        data.name = reader.take().text;
        body.push_back(std::move(data));
      } else if (reader.isAt(TokenKind::BeginPrint)) {
        reader.take();
        Statement print{Kind::Print, line};
        print.value = expressions.parseTuple();
        reader.expect(TokenKind::EndPrint, "'}}'");
        body.push_back(std::move(print));
      } else if (reader.isAt(TokenKind::BeginBlock)) {
        if (llvm::is_contained(ends, reader.peek(1).text))
          break;
        reader.take();
        body.push_back(parseTag());
      } else {
        reader.fail("unexpected '" + reader.peek().text + "'");
      }
    }
    --depth;
    return body;
  }

  /// Parses the tag that ends a body, which is one of `names`; returns which.
  std::string parseEnd(llvm::ArrayRef<llvm::StringRef> names) {
    if (!reader.isAt(TokenKind::BeginBlock)) {
      reader.fail("expected '" + names.back() + "'");
      return names.back().str();
    }
    reader.take();
    return reader.take().text;
  }

  void closeTag() { reader.expect(TokenKind::EndBlock, "'%}'"); }

  /// Parses up to `{% end %}`.
  Body parseUntil(llvm::StringRef end) {
    Body body = parseBody({end});
    parseEnd({end});
    closeTag();
    return body;
  }

  Statement parseTag() {
    unsigned line = reader.peek().line;
    std::string name = reader.expectName();
    if (name == "if")
      return parseIf(line);
    if (name == "for")
      return parseFor(line);
    if (name == "set")
      return parseSet(line);
    if (name == "macro")
      return parseMacro(line);
    if (name == "break" || name == "continue") {
      if (loops == 0)
        reader.fail("'" + name + "' is outside of a loop");
      closeTag();
      return {name == "break" ? Kind::Break : Kind::Continue, line};
    }
    // Marks what the assistant says, for training.
    if (name == "generation") {
      closeTag();
      Statement block{Kind::Block, line};
      block.body = parseUntil("endgeneration");
      return block;
    }
    reader.fail("'" + name + "' is not supported here");
    return {Kind::Block, line};
  }

  Statement parseIf(unsigned line) {
    Statement result{Kind::If, line};
    result.value = expressions.parseTuple();
    closeTag();
    const llvm::StringRef ends[] = {"elif", "else", "endif"};
    result.body = parseBody(ends);
    unsigned next = reader.peek().line;
    std::string end = parseEnd(ends);
    if (end == "elif") {
      if (++depth > deepest)
        reader.fail("statements nest deeper than " + llvm::Twine(deepest));
      result.otherwise.push_back(parseIf(next));
      --depth;
      return result;
    }
    closeTag();
    if (end == "else")
      result.otherwise = parseUntil("endif");
    return result;
  }

  std::vector<std::string> parseTargets() {
    std::vector<std::string> names;
    bool isBracketed = reader.takeOperator("(");
    do
      names.push_back(reader.expectName());
    while (reader.takeOperator(","));
    if (isBracketed)
      reader.expectOperator(")");
    return names;
  }

  Statement parseFor(unsigned line) {
    Statement result{Kind::For, line};
    result.names = parseTargets();
    if (!reader.takeName("in"))
      reader.fail("expected 'in'");
    result.value = expressions.parseOr();
    if (reader.takeName("if"))
      result.condition = expressions.parse();
    if (reader.isAt(TokenKind::Name, "recursive"))
      reader.fail("recursive loops are not supported");
    closeTag();
    ++loops;
    const llvm::StringRef ends[] = {"else", "endfor"};
    result.body = parseBody(ends);
    --loops;
    std::string end = parseEnd(ends);
    closeTag();
    if (end == "else")
      result.otherwise = parseUntil("endfor");
    return result;
  }

  Statement parseSet(unsigned line) {
    Statement result{Kind::Set, line};
    if (reader.peek(1).is(TokenKind::Operator, ".")) {
      result.object = reader.expectName();
      reader.take();
      result.names.push_back(reader.expectName());
    } else {
      result.names = parseTargets();
    }
    if (reader.takeOperator("=")) {
      result.value = expressions.parseTuple();
      closeTag();
      return result;
    }
    if (reader.isAt(TokenKind::Operator, "|"))
      reader.fail("filters of 'set' blocks are not supported");
    closeTag();
    result.body = parseUntil("endset");
    return result;
  }

  Statement parseMacro(unsigned line) {
    Statement result{Kind::Macro, line};
    result.name = reader.expectName();
    reader.expectOperator("(");
    while (!reader.takeOperator(")") && !reader.hasFailed()) {
      result.names.push_back(reader.expectName());
      if (reader.takeOperator("="))
        result.defaults.push_back(expressions.parse());
      else if (!result.defaults.empty())
        reader.fail("a parameter without default is behind one with it");
      if (!reader.takeOperator(",") && !reader.isAt(TokenKind::Operator, ")"))
        reader.expectOperator(")");
    }
    closeTag();
    unsigned outer = std::exchange(loops, 0);
    result.body = parseUntil("endmacro");
    loops = outer;
    return result;
  }

  TokenReader reader;
  ExpressionParser expressions;
  unsigned depth = 0, loops = 0;
};

} // namespace

llvm::Expected<Body> parse(llvm::StringRef source) {
  auto tokens = tokenize(source);
  if (!tokens)
    return tokens.takeError();
  return StatementParser(std::move(*tokens)).run();
}

} // namespace mlir::eke::jinja
