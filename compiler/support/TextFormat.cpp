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

/// Keeps the first error of Protobuf's parser, and where it is, as `:line:column`.
class FirstError : public google::protobuf::io::ErrorCollector {
public:
  // Protobuf counts lines and columns from 0.
  void AddError(int line, int column, const std::string &what) override {
    if (!message.empty())
      return;
    place = llvm::formatv(":{0}:{1}", line + 1, column + 1);
    message = what;
  }

  std::string place, message;
};

} // namespace

llvm::Error parseTextFormat(llvm::StringRef text, llvm::StringRef file,
                            google::protobuf::Message &message) {
  constexpr int deepest = 32;
  // Text comes as std::string, whose length Protobuf takes as an int.
  if (text.size() > size_t(std::numeric_limits<int>::max()))
    return errorIn(file, "too large for Protobuf's text format");
  google::protobuf::TextFormat::Parser parser;
  FirstError error;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(deepest);
  if (parser.ParseFromString(text.str(), &message))
    return llvm::Error::success();
  return errorIn(file.str() + error.place, error.message);
}

} // namespace mlir::eke
