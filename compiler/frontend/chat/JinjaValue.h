//===- JinjaValue.h - What a template computes with -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_JINJAVALUE_H
#define EKE_COMPILER_FRONTEND_CHAT_JINJAVALUE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mlir::eke::jinja {

struct Statement;
class Dict;

/// A value as Python has it. Lists and dicts are shared, and never change once they are
/// made; a namespace does, so that nothing may hold one.
class Value {
public:
  enum class Kind {
    Undefined, ///< `text` is what was looked for
    None,
    Boolean, ///< in `integer`
    Integer,
    Real,
    Text,
    List,
    Dict,
    Namespace, ///< in `dict`
    Function   ///< `text` is its name; of a macro, `macro` its definition
  };
  using List = std::vector<Value>;

  static Value undefined(llvm::StringRef name);
  static Value none();
  static Value boolean(bool value);
  static Value integerOf(int64_t value);
  static Value realOf(double value);
  static Value textOf(std::string value);
  static Value listOf(List elements);
  static Value dictOf(Dict entries);
  static Value namespaceOf(Dict entries);
  static Value function(llvm::StringRef name, const Statement *macro = nullptr);

  bool is(Kind other) const { return kind == other; }
  /// An integer, or a boolean, which counts as 0 or 1.
  bool isWhole() const {
    return kind == Kind::Integer || kind == Kind::Boolean;
  }
  bool isNumber() const { return isWhole() || kind == Kind::Real; }
  double asReal() const { return isWhole() ? double(integer) : real; }

  /// Does it count as true?
  bool isTrue() const;
  /// As Python's str and repr have it, and as JSON on one line or with an indentation.
  std::string print() const;
  std::string represent() const;
  std::string printJSON(int indent = -1) const;

  bool operator==(const Value &other) const;

  /// What it is called in messages.
  llvm::StringRef getKindName() const;

  Kind kind = Kind::Undefined;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  std::shared_ptr<const List> list;
  std::shared_ptr<Dict> dict;
  const Statement *macro = nullptr;
  /// How deep lists and dicts nest, and how many values there are in them: a list that
  /// is there twice counts twice, since it is printed twice.
  unsigned depth = 0;
  size_t count = 1;

private:
  void contain(const Value &element);
};

/// Values by keys, in the order in which the keys came.
class Dict {
public:
  const Value *find(llvm::StringRef key) const;
  void set(llvm::StringRef key, Value value);

  std::vector<std::pair<std::string, Value>> entries;
};

/// How many characters a text has; a byte that is no UTF-8 is one.
int64_t countCharacters(llvm::StringRef text);
/// The characters of a text.
std::vector<llvm::StringRef> listCharacters(llvm::StringRef text);

} // namespace mlir::eke::jinja

#endif // EKE_COMPILER_FRONTEND_CHAT_JINJAVALUE_H
