//===- ModuleFile.cpp - Modules as text -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's parser calls itself at every bracket and at every sign of an affine
// expression. A scan before it bounds both:
//
//   #map = affine_map<(d0) -> (- - d0)>    // "strings" and comments do not count
//                    ^2        ^2 ^^ 2 signs
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/ModuleFile.h"

#include "dialects/eke/InputFile.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::eke {
namespace {

/// Large constants are written out; no model has more in text.
constexpr uint64_t mostModuleBytes = uint64_t(1) << 32;
constexpr unsigned deepest = 256;

/// Scans text that need not be MLIR; what is malformed is left to the parser.
class NestingScan {
public:
  explicit NestingScan(StringRef text) : text(text) {}

  /// Where it is nested too deep, or nothing.
  std::optional<size_t> run() {
    for (at = 0; at < text.size(); ++at) {
      step();
      if (depth > deepest || signs > deepest)
        return at;
    }
    return std::nullopt;
  }

private:
  char peek() const { return at + 1 < text.size() ? text[at + 1] : '\0'; }

  void step() {
    char c = text[at];
    if (c == '"')
      return skipString();
    if (c == '/' && peek() == '/') {
      at = std::min(text.find('\n', at), text.size());
      return;
    }
    bool isArrow = c == '-' && peek() == '>';
    bool compares = (c == '<' || c == '>') && peek() == '=';
    if (isArrow || compares) {
      ++at;
      signs = 0;
      return;
    }
    if (llvm::is_contained({'(', '[', '{', '<'}, c))
      ++depth;
    else if (llvm::is_contained({')', ']', '}', '>'}, c) && depth > 0)
      --depth;
    if (c == '-')
      ++signs;
    else if (!llvm::isSpace(c))
      signs = 0;
  }

  /// Moves to the string's closing quote, or to the end of the line.
  void skipString() {
    signs = 0;
    for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
      if (text[at] == '\\' && peek() != '\n')
        ++at;
  }

  StringRef text;
  size_t at = 0;
  unsigned depth = 0, signs = 0;
};

} // namespace

llvm::Error checkModuleText(StringRef text, StringRef file) {
  if (isBytecode(llvm::MemoryBufferRef(text, file)))
    return errorIn(file, "is bytecode, expected a module as text");
  std::optional<size_t> at = NestingScan(text).run();
  if (!at)
    return llvm::Error::success();
  size_t line = text.take_front(*at).count('\n') + 1;
  return errorIn(file, "line " + Twine(line) +
                           ": brackets or signs nested deeper than " +
                           Twine(deepest));
}

llvm::Expected<OwningOpRef<ModuleOp>> parseModuleFile(StringRef path,
                                                      MLIRContext *context) {
  auto buffer = openText(path, mostModuleBytes);
  if (!buffer)
    return buffer.takeError();
  if (llvm::Error error = checkModuleText((*buffer)->getBuffer(), path))
    return std::move(error);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), {});
  return parseSourceFile<ModuleOp>(sources, context);
}

} // namespace mlir::eke
