//===- JinjaValue.cpp - What a template computes with ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/JinjaValue.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace mlir::eke::jinja {

//===----------------------------------------------------------------------===//
// Making values
//===----------------------------------------------------------------------===//

Value Value::undefined(llvm::StringRef name) {
  Value value;
  value.text = name.str();
  return value;
}

Value Value::none() {
  Value value;
  value.kind = Kind::None;
  return value;
}

Value Value::boolean(bool flag) {
  Value value;
  value.kind = Kind::Boolean;
  value.integer = flag;
  return value;
}

Value Value::integerOf(int64_t number) {
  Value value;
  value.kind = Kind::Integer;
  value.integer = number;
  return value;
}

Value Value::realOf(double number) {
  Value value;
  value.kind = Kind::Real;
  value.real = number;
  return value;
}

Value Value::textOf(std::string text) {
  Value value;
  value.kind = Kind::Text;
  value.text = std::move(text);
  return value;
}

void Value::contain(const Value &element) {
  depth = std::max(depth, element.depth + 1);
  count += element.count + element.text.size() / 64;
}

Value Value::listOf(List elements) {
  Value value;
  value.kind = Kind::List;
  for (const Value &element : elements)
    value.contain(element);
  value.list = std::make_shared<const List>(std::move(elements));
  return value;
}

Value Value::dictOf(Dict entries) {
  Value value;
  value.kind = Kind::Dict;
  for (const auto &entry : entries.entries)
    value.contain(entry.second);
  value.dict = std::make_shared<Dict>(std::move(entries));
  return value;
}

Value Value::namespaceOf(Dict entries) {
  Value value = dictOf(std::move(entries));
  value.kind = Kind::Namespace;
  return value;
}

Value Value::function(llvm::StringRef name, const Statement *macro) {
  Value value;
  value.kind = Kind::Function;
  value.text = name.str();
  value.macro = macro;
  return value;
}

const Value *Dict::find(llvm::StringRef key) const {
  for (const auto &entry : entries)
    if (entry.first == key)
      return &entry.second;
  return nullptr;
}

void Dict::set(llvm::StringRef key, Value value) {
  for (auto &entry : entries)
    if (entry.first == key) {
      entry.second = std::move(value);
      return;
    }
  entries.emplace_back(key.str(), std::move(value));
}

//===----------------------------------------------------------------------===//
// Asking values
//===----------------------------------------------------------------------===//

llvm::StringRef Value::getKindName() const {
  switch (kind) {
  case Kind::Undefined:
    return "undefined";
  case Kind::None:
    return "none";
  case Kind::Boolean:
    return "a boolean";
  case Kind::Integer:
  case Kind::Real:
    return "a number";
  case Kind::Text:
    return "a string";
  case Kind::List:
    return "a list";
  case Kind::Dict:
    return "a dict";
  case Kind::Namespace:
    return "a namespace";
  case Kind::Function:
    return "a function";
  }
  llvm_unreachable("covered switch");
}

bool Value::isTrue() const {
  switch (kind) {
  case Kind::Undefined:
  case Kind::None:
    return false;
  case Kind::Boolean:
  case Kind::Integer:
    return integer != 0;
  case Kind::Real:
    return real != 0;
  case Kind::Text:
    return !text.empty();
  case Kind::List:
    return !list->empty();
  case Kind::Dict:
    return !dict->entries.empty();
  case Kind::Namespace:
  case Kind::Function:
    return true;
  }
  llvm_unreachable("covered switch");
}

bool Value::operator==(const Value &other) const {
  if (isWhole() && other.isWhole())
    return integer == other.integer;
  if (isNumber() && other.isNumber())
    return asReal() == other.asReal();
  if (kind != other.kind)
    return false;
  switch (kind) {
  case Kind::Text:
  case Kind::Function:
    return text == other.text;
  case Kind::List:
    return *list == *other.list;
  case Kind::Dict:
    if (dict->entries.size() != other.dict->entries.size())
      return false;
    for (const auto &[key, value] : dict->entries) {
      const Value *same = other.dict->find(key);
      if (!same || !(*same == value))
        return false;
    }
    return true;
  case Kind::Namespace:
    return dict == other.dict;
  default:
    return true; // both are undefined, or none
  }
}

//===----------------------------------------------------------------------===//
// Printing values
//===----------------------------------------------------------------------===//

/// The shortest text that is this number when it is read.
static std::string printReal(double number) {
  if (std::isnan(number))
    return "nan";
  if (std::isinf(number))
    return number < 0 ? "-inf" : "inf";
  std::string text;
  for (int digits = 1; digits <= 17; ++digits) {
    text.clear();
    llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, number);
    if (std::strtod(text.c_str(), nullptr) == number)
      break;
  }
  double size = std::fabs(number);
  if (size != 0 && (size < 1e-4 || size >= 1e16))
    return text;
  if (llvm::StringRef(text).contains('e')) {
    text.clear();
    llvm::raw_string_ostream(text) << llvm::format("%.1f", number);
  }
  return llvm::StringRef(text).contains('.') ? text : text + ".0";
}

std::string Value::print() const {
  switch (kind) {
  case Kind::Undefined:
    return "";
  case Kind::Text:
    return text;
  default:
    return represent();
  }
}

/// A string as Python writes it in a program.
static std::string quote(llvm::StringRef text) {
  char mark = text.contains('\'') && !text.contains('"') ? '"' : '\'';
  std::string result(1, mark);
  for (char c : text) {
    if (c == mark || c == '\\')
      result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '\r')
      result += "\\r";
    else if (uint8_t(c) < 0x20 || c == 0x7f)
      result += "\\x" + llvm::utohexstr(uint8_t(c), true, 2);
    else
      result += c;
  }
  return result + mark;
}

std::string Value::represent() const {
  switch (kind) {
  case Kind::Undefined:
    return "Undefined";
  case Kind::None:
    return "None";
  case Kind::Boolean:
    return integer ? "True" : "False";
  case Kind::Integer:
    return std::to_string(integer);
  case Kind::Real:
    return printReal(real);
  case Kind::Text:
    return quote(text);
  case Kind::List: {
    std::string result = "[";
    for (const Value &element : *list)
      result += (result.size() > 1 ? ", " : "") + element.represent();
    return result + "]";
  }
  case Kind::Dict: {
    std::string result = "{";
    for (const auto &[key, value] : dict->entries)
      result += (result.size() > 1 ? ", " : "") + quote(key) + ": " +
                value.represent();
    return result + "}";
  }
  case Kind::Namespace:
    return "<Namespace>";
  case Kind::Function:
    return "<function " + text + ">";
  }
  llvm_unreachable("covered switch");
}

static std::string quoteJSON(llvm::StringRef text) {
  std::string result = "\"";
  for (char c : text) {
    switch (c) {
    case '"':
      result += "\\\"";
      break;
    case '\\':
      result += "\\\\";
      break;
    case '\n':
      result += "\\n";
      break;
    case '\r':
      result += "\\r";
      break;
    case '\t':
      result += "\\t";
      break;
    case '\b':
      result += "\\b";
      break;
    case '\f':
      result += "\\f";
      break;
    default:
      if (uint8_t(c) < 0x20)
        result += "\\u" + llvm::utohexstr(uint8_t(c), true, 4);
      else
        result += c;
    }
  }
  return result + "\"";
}

/// `text` between brackets, with items on lines of their own if there is an indentation.
static std::string bracket(char open, char close,
                           const std::vector<std::string> &items, int indent,
                           int depth) {
  if (items.empty())
    return std::string{open, close};
  std::string result(1, open);
  std::string line = indent < 0 ? "" : "\n" + std::string(indent * depth, ' ');
  std::string inner = indent < 0 ? "" : line + std::string(indent, ' ');
  for (size_t i = 0; i < items.size(); ++i)
    result += (i == 0 ? "" : indent < 0 ? ", " : ",") + inner + items[i];
  return result + line + close;
}

static std::string printJSON(const Value &value, int indent, int depth) {
  std::vector<std::string> items;
  switch (value.kind) {
  case Value::Kind::Text:
    return quoteJSON(value.text);
  case Value::Kind::None:
  case Value::Kind::Undefined:
    return "null";
  case Value::Kind::Boolean:
    return value.integer ? "true" : "false";
  case Value::Kind::List:
    for (const Value &element : *value.list)
      items.push_back(printJSON(element, indent, depth + 1));
    return bracket('[', ']', items, indent, depth);
  case Value::Kind::Dict:
    for (const auto &[key, entry] : value.dict->entries)
      items.push_back(quoteJSON(key) + ": " +
                      printJSON(entry, indent, depth + 1));
    return bracket('{', '}', items, indent, depth);
  default:
    return value.represent();
  }
}

std::string Value::printJSON(int indent) const {
  return jinja::printJSON(*this, indent, 0);
}

//===----------------------------------------------------------------------===//
// Characters
//===----------------------------------------------------------------------===//

std::vector<llvm::StringRef> listCharacters(llvm::StringRef text) {
  std::vector<llvm::StringRef> characters;
  while (!text.empty()) {
    auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data());
    size_t size = llvm::getNumBytesForUTF8(*begin);
    if (size > text.size() ||
        !llvm::isLegalUTF8Sequence(begin, begin + text.size()))
      size = 1;
    characters.push_back(text.take_front(size));
    text = text.drop_front(size);
  }
  return characters;
}

int64_t countCharacters(llvm::StringRef text) {
  return int64_t(listCharacters(text).size());
}

} // namespace mlir::eke::jinja
