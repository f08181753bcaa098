//===- TextFormat.cpp - Protobuf's text format ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/TextFormat.h"

#include "dialects/eke/InputFile.h"

#include "llvm/Support/FormatVariadic.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <limits>

namespace mlir::eke {
namespace {

/// Keeps what Protobuf's parser says, and where it is. Of fields that are not known it warns.
class Collector : public google::protobuf::io::ErrorCollector {
public:
  explicit Collector(llvm::StringRef file) : file(file) {}

  void AddError(int line, int column, const std::string &what) override {
    add(line, column, what);
  }
  void AddWarning(int line, int column, const std::string &what) override {
    add(line, column, what);
  }

  llvm::Error take() { return std::move(errors); }

private:
  // Protobuf counts lines and columns from 0.
  void add(int line, int column, const std::string &what) {
    std::string place =
        llvm::formatv("{0}:{1}:{2}", file, line + 1, column + 1);
    errors = llvm::joinErrors(std::move(errors), errorIn(place, what));
  }

  llvm::StringRef file;
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
  Collector said(file);
  parser.RecordErrorsTo(&said);
  parser.SetRecursionLimit(deepest);
  parser.AllowUnknownField(true); // which is a warning then, and so an error
  parser.ParseFromString(text.str(), &message);
  return said.take();
}

} // namespace mlir::eke
