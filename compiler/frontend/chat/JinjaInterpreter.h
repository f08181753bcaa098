//===- JinjaInterpreter.h - Running a template ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_JINJAINTERPRETER_H
#define EKE_COMPILER_FRONTEND_CHAT_JINJAINTERPRETER_H

#include "compiler/frontend/chat/Date.h"
#include "compiler/frontend/chat/JinjaTree.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace mlir::eke::jinja {

/// Evaluated arguments. Functions take what they know; what is left then is an error.
class CallArguments {
public:
  std::vector<Value> places;
  Dict names;

  /// The argument at a place or of a name, or nothing.
  const Value *get(size_t place, llvm::StringRef name);
  /// Is there an argument that nobody asked for?
  bool hasMore() const;

private:
  size_t mostPlaces = 0;
  size_t namesUsed = 0;
};

/// Runs one template. After the first error, which is kept, nothing happens any more.
class Interpreter {
public:
  Interpreter(const Dict &variables, const std::optional<Date> &today);

  llvm::Expected<std::string> run(const Body &body);

  // What filters, tests and methods use.
  Value fail(const llvm::Twine &what);
  bool hasFailed() const { return !error.empty(); }
  /// Counts work; fails if it becomes too much.
  bool spend(size_t amount);
  /// A text or a list that is not too long.
  Value makeText(std::string text);
  Value makeList(Value::List elements);
  Value applyFilter(llvm::StringRef name, const Value &value,
                    CallArguments &arguments);
  bool applyTest(llvm::StringRef name, const Value &value,
                 CallArguments &arguments);
  /// An attribute or an item; undefined if there is none.
  Value getAttribute(const Value &object, llvm::StringRef name);
  /// What a loop goes through; fails for what cannot be gone through.
  Value::List listElements(const Value &value);
  bool contains(const Value &container, const Value &element);
  /// Less than zero, zero or more, as Python orders them; fails for others than two
  /// numbers or two texts.
  int compare(const Value &left, const Value &right);

private:
  /// Of values within values, macros that call others, and bodies of statements.
  static constexpr unsigned deepest = 1000;

  enum class Flow { Next, Break, Continue };

  Flow run(const Statement &statement);
  Flow runBody(const Body &body);
  void runFor(const Statement &statement);
  void runSet(const Statement &statement);
  void assign(const std::vector<std::string> &names, const Value &value);
  std::string capture(const Body &body);
  void print(llvm::StringRef text);

  Value evaluate(const Expression &expression);
  Value evaluateKind(const Expression &expression);
  Value evaluateBinary(const Expression &expression);
  Value evaluateArithmetic(llvm::StringRef name, const Value &left,
                           const Value &right);
  Value evaluateDict(const Expression &expression);
  Value evaluateItem(const Value &object, const Value &key);
  Value evaluateSlice(const Expression &expression);
  Value evaluateCall(const Expression &expression);
  Value callMacro(const Statement &macro, CallArguments &arguments);
  Value callFunction(llvm::StringRef name, CallArguments &arguments);
  Value printToday(CallArguments &arguments);
  Value callMethod(const Value &object, llvm::StringRef name,
                   CallArguments &arguments);
  Value callTextMethod(llvm::StringRef text, llvm::StringRef name,
                       CallArguments &arguments);
  Value callDictMethod(const Value &object, llvm::StringRef name,
                       CallArguments &arguments);
  CallArguments evaluateArguments(const Arguments &arguments);
  Value evaluateOptional(const ExpressionPtr &expression);
  Value finish(Value result, llvm::StringRef name, CallArguments &arguments);
  Value lookUp(llvm::StringRef name) const;
  Value checkStorable(Value value);

  using Scope = llvm::StringMap<Value>;
  std::vector<Scope>
      scopes; ///< the variables, the template's own, those of loops
  std::optional<Date> today;
  std::string output;
  std::string error;
  size_t steps = 0;
  unsigned depth = 0, line = 1;
};

/// Without what Python's str.strip leaves out: white space, or the characters given.
llvm::StringRef strip(llvm::StringRef text, const Value *characters, bool left,
                      bool right);
/// `text` with `from` replaced, at most `count` times unless that is negative.
std::string replaceAll(llvm::StringRef text, llvm::StringRef from,
                       llvm::StringRef to, int64_t count);

} // namespace mlir::eke::jinja

#endif // EKE_COMPILER_FRONTEND_CHAT_JINJAINTERPRETER_H
