//===- JinjaParser.h - From tokens to a tree ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_JINJAPARSER_H
#define EKE_COMPILER_FRONTEND_CHAT_JINJAPARSER_H

#include "compiler/frontend/chat/JinjaTokens.h"
#include "compiler/frontend/chat/JinjaTree.h"

namespace mlir::eke::jinja {

/// Where the parser is. After the first error, which is kept, it stands at the end of the
/// template, so that everything that reads tokens comes to an end.
class TokenReader {
public:
  explicit TokenReader(std::vector<Token> tokens) : tokens(std::move(tokens)) {}

  const Token &peek(size_t ahead = 0) const {
    return tokens[std::min(at + ahead, tokens.size() - 1)];
  }
  Token take() {
    Token token = peek();
    at = std::min(at + 1, tokens.size() - 1);
    return token;
  }
  bool isAt(Token::Kind kind) const { return peek().kind == kind; }
  bool isAt(Token::Kind kind, llvm::StringRef text) const {
    return peek().is(kind, text);
  }
  bool takeOperator(llvm::StringRef text) {
    return takeIf(Token::Kind::Operator, text);
  }
  bool takeName(llvm::StringRef text) {
    return takeIf(Token::Kind::Name, text);
  }
  void expectOperator(llvm::StringRef text);
  void expect(Token::Kind kind, llvm::StringRef what);
  std::string expectName();

  void fail(const llvm::Twine &what);
  bool hasFailed() const { return !error.empty(); }
  llvm::Error takeError() { return llvm::createStringError(error); }

private:
  bool takeIf(Token::Kind kind, llvm::StringRef text) {
    bool is = isAt(kind, text);
    if (is)
      take();
    return is;
  }

  std::vector<Token> tokens;
  size_t at = 0;
  std::string error;
};

/// Parses expressions, with the precedences of Jinja:
///   if else, or, and, not, comparisons, + -, ~, * / // %, **, - +, filters and tests
class ExpressionParser {
public:
  explicit ExpressionParser(TokenReader &reader) : reader(reader) {}

  /// An expression, or some with commas between, which are a list.
  ExpressionPtr parseTuple();
  ExpressionPtr parse();
  /// The same without `if` and `else`, which belong to somebody else.
  ExpressionPtr parseOr();

private:
  ExpressionPtr parseAnd();
  ExpressionPtr parseNot();
  ExpressionPtr parseComparison();
  ExpressionPtr parseSum();
  ExpressionPtr parseConcatenation();
  ExpressionPtr parseProduct();
  ExpressionPtr parsePower();
  ExpressionPtr parseUnary(bool withFilters);
  ExpressionPtr parsePrimary();
  ExpressionPtr parseName();
  ExpressionPtr parseSequence(llvm::StringRef close);
  ExpressionPtr parseDict();
  ExpressionPtr parsePostfix(ExpressionPtr expression);
  ExpressionPtr parseSubscript(ExpressionPtr expression);
  ExpressionPtr parseFilters(ExpressionPtr expression);
  ExpressionPtr parseTest(ExpressionPtr expression);
  bool startsTestArgument() const;
  Arguments parseArguments();

  /// An expression at the reader's place.
  std::shared_ptr<Expression> make(Expression::Kind kind,
                                   std::vector<ExpressionPtr> parts = {},
                                   llvm::StringRef name = "");
  /// The same with arguments, if there are some.
  ExpressionPtr withArguments(std::shared_ptr<Expression> expression);
  void measure(Expression &expression);

  TokenReader &reader;
  unsigned depth = 0;
};

} // namespace mlir::eke::jinja

#endif // EKE_COMPILER_FRONTEND_CHAT_JINJAPARSER_H
