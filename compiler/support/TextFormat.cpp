//===- TextFormat.cpp - Protobuf's text format ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/TextFormat.h"

#include "dialects/eke/InputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <limits>

namespace mlir::eke {
namespace {

namespace io = google::protobuf::io;

/// Ignores what is wrong with tokens: the parser says it.
class Nobody : public io::ErrorCollector {
public:
  void AddError(int, int, const std::string &) override {}
};

/// Follows a text's fields, token by token.
class FieldPath {
public:
  void add(const io::Tokenizer::Token &token) {
    if (token.text == "{" || token.text == "<") {
      outer.push_back(field);
      setField("");
    } else if (token.text == "}" || token.text == ">") {
      if (!outer.empty())
        outer.pop_back();
      setField("");
    } else if (token.text == ":") {
      awaitsValue = isNamed = true;
    } else if (token.type == io::Tokenizer::TYPE_IDENTIFIER && !awaitsValue) {
      setField(token.text);
    } else if (token.type != io::Tokenizer::TYPE_SYMBOL) {
      awaitsValue = false;
    }
  }

  /// "clock.nominal": the field whose value is read, or else the one around it.
  std::string get() const {
    std::string path = llvm::join(outer, ".");
    if (isNamed)
      path += (path.empty() ? "" : ".") + field;
    return path;
  }

private:
  void setField(llvm::StringRef name) {
    field = name;
    awaitsValue = isNamed = false;
  }

  std::vector<std::string> outer;
  std::string field;
  /// Has its colon been read, and still no value?
  bool awaitsValue = false;
  bool isNamed = false;
};

/// The field that is read where a token begins; lines and columns count from 0.
std::string findField(llvm::StringRef text, int line, int column) {
  io::ArrayInputStream stream(text.data(), int(text.size()));
  Nobody nobody;
  io::Tokenizer tokenizer(&stream, &nobody);
  tokenizer.set_comment_style(io::Tokenizer::SH_COMMENT_STYLE);
  FieldPath path;
  while (tokenizer.Next()) {
    const io::Tokenizer::Token &token = tokenizer.current();
    if (std::pair(token.line, token.column) >= std::pair(line, column))
      break;
    path.add(token);
  }
  return path.get();
}

/// Keeps what Protobuf's parser says, and where it is. Of fields that are not known it warns.
class Collector : public io::ErrorCollector {
public:
  Collector(llvm::StringRef text, llvm::StringRef file)
      : text(text), file(file) {}

  void AddError(int line, int column, const std::string &what) override {
    add(line, column, what);
  }
  void AddWarning(int line, int column, const std::string &what) override {
    add(line, column, what);
  }

  llvm::Error take() { return std::move(errors); }

private:
  // Protobuf counts lines and columns from 0.
  void add(int line, int column, llvm::StringRef what) {
    std::string place =
        llvm::formatv("{0}:{1}:{2}", file, line + 1, column + 1);
    std::string field = findField(text, line, column);
    if (!field.empty())
      place += ": field '" + field + "'";
    bool isAtEnd = what.ends_with("got: ");
    errors = llvm::joinErrors(
        std::move(errors),
        errorIn(place, what.str() + (isAtEnd ? "the end of the file" : "")));
  }

  llvm::StringRef text, file;
  llvm::Error errors = llvm::Error::success();
};

} // namespace

llvm::Error parseTextFormat(llvm::StringRef text, llvm::StringRef file,
                            google::protobuf::Message &message) {
  constexpr int deepest = 32;
  // Text comes as std::string, whose length Protobuf takes as an int.
  if (text.size() > size_t(std::numeric_limits<int>::max()))
    return errorIn(file, "too large for Protobuf's text format");
  google::protobuf::TextFormat::Parser parser;
  Collector said(text, file);
  parser.RecordErrorsTo(&said);
  parser.SetRecursionLimit(deepest);
  parser.AllowUnknownField(true); // which is a warning then, and so an error
  parser.ParseFromString(text.str(), &message);
  return said.take();
}

} // namespace mlir::eke
