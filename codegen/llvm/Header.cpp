//===- Header.cpp - The C header of a compiled library --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Header.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {
namespace {

struct EmbeddedText {
  llvm::StringLiteral name;
  llvm::StringLiteral text;
};

/// runtime/include/eke/abi.h.
constexpr EmbeddedText abi[] = {
#include "codegen/llvm/Abi.inc"
};

/// "i32[1]"
std::string describeType(const TensorInfo &tensor) {
  auto extents = llvm::map_range(
      tensor.shape, [](int64_t extent) { return std::to_string(extent); });
  return (getDTypeName(tensor.dtype) + "[" + llvm::join(extents, ",") + "]")
      .str();
}

/// Text that cannot end the comment it stands in.
std::string inComment(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isPrint(c) && c != '*' && c != '\\' ? c : '_';
  return result;
}

void describeEntry(llvm::raw_ostream &os, const EntryInfo &entry) {
  os << " *\n * eke_find_entry(&eke_model_info, \"" << inComment(entry.name)
     << "\", " << entry.rows << "), arguments in order:\n";
  for (const TensorInfo &tensor : entry.args)
    os << " *   " << (tensor.isOutput ? "out " : "in  ")
       << inComment(tensor.name) << ": " << describeType(tensor) << "\n";
}

} // namespace

std::string getHeaderPath(StringRef path) {
  SmallString<128> header = llvm::sys::path::parent_path(path);
  StringRef stem = llvm::sys::path::stem(path);
  stem.consume_front("lib");
  llvm::sys::path::append(header, stem + ".h");
  return header.str().str();
}

void writeHeader(llvm::raw_ostream &os, const ModelInfo &info,
                 StringRef archive) {
  StringRef file = llvm::sys::path::filename(archive);
  os << llvm::formatv(
      R"(/* The model "{0}", compiled by Eke {1} for {2}.
 *
 *   cc app.c {3} -lm -lpthread
 *
 * {4} bytes of weights ({5}), {6} of state, {7} of arena. Its entries:
)",
      inComment(info.name), inComment(info.compilerVersion),
      inComment(info.target), inComment(file), info.weightBytes,
      inComment(info.weightsFormat), info.stateBytes, info.arenaBytes);
  for (const EntryInfo &entry : info.entries)
    describeEntry(os, entry);
  os << " */\n\n" << abi[0].text;
}

} // namespace mlir::eke
