//===- ModuleFile.cpp - Modules as text -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's parser calls itself at every bracket and at every sign of an affine
// expression, and what follows it at every alias. A scan before it bounds all:
//
//   #map = affine_map<(d0) -> (- - d0)>    // "strings" and comments do not count
//                    ^2        ^2 ^^ 2 signs
//   #two = [#map, #map]                    // stands for twice the text of #map
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/ModuleFile.h"

#include "dialects/eke/InputFile.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/SourceMgr.h"

#include <atomic>

namespace mlir::eke {
namespace {

/// Large constants are written out; no model has more in text.
constexpr uint64_t mostModuleBytes = uint64_t(1) << 32;
constexpr unsigned deepest = 256;
/// What aliases may stand for, as text: so much, and many times the module's own.
constexpr uint64_t mostAliasBytes = uint64_t(1) << 26, mostAliasTimes = 64;

/// Scans text that need not be MLIR; what is malformed is left to the parser.
class NestingScan {
public:
  explicit NestingScan(StringRef text) : text(text) {}

  /// Where it is nested too deep, or nothing.
  std::optional<size_t> run() {
    for (at = 0; at < text.size(); ++at) {
      step();
      if (depth > deepest || signs > deepest || own.depth > deepest ||
          own.bytes > mostAliasBytes + mostAliasTimes * text.size())
        return at;
    }
    return std::nullopt;
  }

private:
  /// What a stretch of text stands for when its aliases are replaced.
  struct Expansion {
    uint64_t bytes = 0;
    unsigned depth = 0;
  };

  char peek() const { return at + 1 < text.size() ? text[at + 1] : '\0'; }

  void step() {
    char c = text[at];
    bool beginsOp = depth == 0 && !llvm::isSpace(c) && c != '/' &&
                    (at == 0 || text[at - 1] == '\n');
    if (beginsOp)
      endDefinition();
    if (c == '#' || c == '!')
      return readName(beginsOp);
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

  /// At a name that may be an alias, or is defined as one.
  void readName(bool beginsOp) {
    signs = 0;
    StringRef name = text.drop_front(at).take_while([](char c) {
      return llvm::isAlnum(c) || StringRef("#!_$.-").contains(c);
    });
    at += name.size() - 1;
    if (beginsOp && text.drop_front(at + 1).ltrim(' ').starts_with("=")) {
      defined = name;
      return;
    }
    auto known = aliases.find(name);
    if (known == aliases.end())
      return;
    own.bytes += known->second.bytes;
    own.depth = std::max(own.depth, depth + known->second.depth);
  }

  void endDefinition() {
    if (!defined.empty()) {
      own.bytes += text.data() + at - defined.data();
      ++own.depth;
      aliases[defined] = own;
    }
    defined = "";
    own = Expansion();
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
  llvm::StringMap<Expansion> aliases;
  /// The alias whose definition this is, if it is one, and what that stands for.
  StringRef defined;
  Expansion own;
};

} // namespace

static std::atomic<const char *> fileBeingParsed{nullptr};

const char *getFileBeingParsed() { return fileBeingParsed; }

llvm::Error checkModuleText(StringRef text, StringRef file) {
  if (isBytecode(llvm::MemoryBufferRef(text, file)))
    return errorIn(file, "is bytecode, expected a module as text");
  std::optional<size_t> at = NestingScan(text).run();
  if (!at)
    return llvm::Error::success();
  size_t line = text.take_front(*at).count('\n') + 1;
  return errorIn(file, "line " + Twine(line) +
                           ": brackets, signs or aliases nested deeper than " +
                           Twine(deepest) +
                           ", or aliases for more than any module says");
}

static llvm::Expected<OwningOpRef<ModuleOp>>
parseModule(std::unique_ptr<llvm::MemoryBuffer> buffer, StringRef path,
            MLIRContext *context) {
  if (llvm::Error error = checkModuleText(buffer->getBuffer(), path))
    return std::move(error);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), {});
  std::string name = path.str();
  fileBeingParsed = name.c_str();
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, context);
  fileBeingParsed = nullptr;
  return module;
}

llvm::Expected<OwningOpRef<ModuleOp>> parseModuleFile(StringRef path,
                                                      MLIRContext *context) {
  auto buffer = openText(path, mostModuleBytes);
  if (!buffer)
    return buffer.takeError();
  return parseModule(std::move(*buffer), path, context);
}

llvm::Expected<OwningOpRef<ModuleOp>>
parseModuleText(StringRef text, StringRef path, MLIRContext *context) {
  return parseModule(llvm::MemoryBuffer::getMemBufferCopy(text, path), path,
                     context);
}

} // namespace mlir::eke
