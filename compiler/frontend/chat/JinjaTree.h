//===- JinjaTree.h - A template as a tree ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_JINJATREE_H
#define EKE_COMPILER_FRONTEND_CHAT_JINJATREE_H

#include "compiler/frontend/chat/JinjaValue.h"

#include "llvm/Support/Error.h"

namespace mlir::eke::jinja {

struct Expression;
/// Shared, since `a < b < c` uses `b` twice.
using ExpressionPtr = std::shared_ptr<const Expression>;

/// The arguments of a call, a filter or a test.
struct Arguments {
  std::vector<ExpressionPtr> places;
  std::vector<std::pair<std::string, ExpressionPtr>> names;
};

struct Expression {
  enum class Kind {
    Literal,     ///< `value`
    Name,        ///< `name`
    List,        ///< `parts`, also of a tuple
    Dict,        ///< `parts`: keys and values by turns
    Not,         ///< parts[0]
    Negative,    ///< parts[0]
    And,         ///< parts[0], parts[1]
    Or,          ///< the same
    Binary,      ///< the same, by the operator `name`
    Conditional, ///< value, condition and, perhaps null, the value otherwise
    Attribute,   ///< parts[0].name
    Item,        ///< parts[0][parts[1]]
    Slice,       ///< parts[0][parts[1]:parts[2]:parts[3]], each perhaps null
    Call,        ///< parts[0](arguments)
    Filter,      ///< parts[0] | name(arguments)
    Test,        ///< parts[0] is name(arguments)
  };
  Kind kind;
  unsigned line;
  std::string name = {};
  Value value = {};
  std::vector<ExpressionPtr> parts = {};
  Arguments arguments = {};
  /// Of the tree below.
  unsigned depth = 1;
};

struct Statement;
using Body = std::vector<Statement>;

struct Statement {
  enum class Kind {
    Data,  ///< `name` as it is
    Print, ///< `value`
    If,    ///< `value`, `body`, `otherwise`
    For,   ///< `names` in `value`, if `condition`: `body`; of none: `otherwise`
    Set, ///< `names`, of `object` if that is not empty, to `value` or to `body`'s text
    Macro, ///< `name`, with `names` whose last ones are `defaults` by default: `body`
    Block, ///< `body`
    Break,
    Continue
  };
  Kind kind;
  unsigned line;
  std::string name = {}, object = {};
  std::vector<std::string> names = {};
  std::vector<ExpressionPtr> defaults = {};
  ExpressionPtr value = {}, condition = {};
  Body body = {}, otherwise = {};
};

/// Parses a template. Errors begin with the line.
llvm::Expected<Body> parse(llvm::StringRef source);

} // namespace mlir::eke::jinja

#endif // EKE_COMPILER_FRONTEND_CHAT_JINJATREE_H
