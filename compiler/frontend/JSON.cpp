//===- JSON.cpp - JSON from files we do not trust -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's parser recurses on nested values and lets the last of equal keys win.
// A scan before it bounds the depth and finds the keys:
//
//   { "a" : [ 1 ] , "a" : 2 }
//   ^depth 1        ^ a key: the string after '{' or ',' of an object
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::eke {
namespace {

/// Scans text that need not be JSON; what is malformed is left to the parser.
class Scan {
public:
  Scan(llvm::StringRef text, llvm::StringRef file) : text(text), file(file) {}

  llvm::Error run() {
    for (size_t at = 0; at < text.size(); ++at)
      if (llvm::Error error = step(at))
        return error;
    return llvm::Error::success();
  }

private:
  static constexpr size_t deepest = 64;

  /// An open bracket.
  struct Level {
    bool isObject;
    llvm::StringSet<> keys;
  };

  llvm::Error step(size_t &at) {
    switch (text[at]) {
    case '{':
    case '[':
      if (levels.size() == deepest)
        return errorIn(file, "values nested deeper than 64");
      levels.push_back({text[at] == '{', {}});
      expectsKey = text[at] == '{';
      return llvm::Error::success();
    case '}':
    case ']':
      if (!levels.empty())
        levels.pop_back();
      expectsKey = false;
      return llvm::Error::success();
    case ',':
      expectsKey = !levels.empty() && levels.back().isObject;
      return llvm::Error::success();
    case '"':
      return string(at);
    default:
      return llvm::Error::success();
    }
  }

  /// Moves `at` to the string's closing quote.
  llvm::Error string(size_t &at) {
    size_t begin = at++;
    while (at < text.size() && text[at] != '"')
      at += text[at] == '\\' ? 2 : 1;
    if (!std::exchange(expectsKey, false) || at >= text.size())
      return llvm::Error::success();
    return key(text.slice(begin, at + 1));
  }

  llvm::Error key(llvm::StringRef literal) {
    if (literal.size() < 2 || literal.back() != '"')
      return llvm::Error::success(); // it does not end
    std::string name = literal.drop_front().drop_back().str();
    if (literal.contains('\\')) {
      // The parser knows the escapes, and reports those that are none.
      llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(literal);
      if (!parsed || !parsed->getAsString()) {
        llvm::consumeError(parsed.takeError());
        return llvm::Error::success();
      }
      name = parsed->getAsString()->str();
    }
    if (levels.back().keys.insert(name).second)
      return llvm::Error::success();
    return errorIn(file, "key " + inQuotes(name) + " appears twice");
  }

  llvm::StringRef text;
  llvm::StringRef file;
  llvm::SmallVector<Level, 8> levels;
  bool expectsKey = false;
};

} // namespace

llvm::Expected<llvm::json::Value> parseJSON(llvm::StringRef text,
                                            llvm::StringRef file) {
  if (llvm::Error error = Scan(text, file).run())
    return std::move(error);
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    if (auto other = recognise(text)) {
      llvm::consumeError(value.takeError());
      return errorIn(file, *other);
    }
  if (!value)
    return errorIn(file,
                   "malformed JSON: " + llvm::toString(value.takeError()));
  return value;
}

} // namespace mlir::eke
