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

void describeEntry(llvm::raw_ostream &os, StringRef model,
                   const EntryInfo &entry) {
  os << " *\n * eke_find_entry(&" << model << ", \"" << inComment(entry.name)
     << "\", " << entry.rows << "), arguments in order:\n";
  for (const TensorInfo &tensor : entry.args) {
    os << " *   " << (tensor.isOutput ? "out " : "in  ")
       << inComment(tensor.name) << ": " << describeType(tensor);
    if (!tensor.isOutput &&
        (tensor.min != INT64_MIN || tensor.max != INT64_MAX))
      os << ", " << tensor.min << " to " << tensor.max;
    os << "\n";
  }
  if (!entry.stack.empty())
    os << " *   stack: at most " << inComment(entry.stack) << "\n";
}

/// The model's symbol. The unique one behind it belongs to this very library: one of
/// another model does not link, and two models of one name do not link together.
/// EKE_MODEL is for who includes one header.
void declareModel(llvm::raw_ostream &os, const ModelInfo &info) {
  std::string symbol = info.getSymbol();
  os << llvm::formatv(R"(
#ifndef {2}_H
#define {2}_H
#ifdef {0}
#error "two models have the name {1}; only models of different names go together"
#endif
#define {0} {2}
#ifdef EKE_MODEL
#undef EKE_MODEL
#define EKE_MODEL one_of_several_models
#else
#define EKE_MODEL {0}
#endif
#ifdef __cplusplus
extern "C" {{
#endif
extern const eke_model {0};
#ifdef __cplusplus
}
#endif
#endif
)",
                      symbol, inComment(info.name), info.getUniqueSymbol());
}

} // namespace

std::string getHeaderPath(StringRef path) {
  SmallString<128> header = llvm::sys::path::parent_path(path);
  StringRef stem = llvm::sys::path::stem(path);
  stem.consume_front("lib");
  llvm::sys::path::append(header, stem + ".h");
  return header.str().str();
}

bool isOurHeader(StringRef text) {
  StringRef line = text.split('\n').first;
  return line.starts_with("/* The model \"") &&
         line.contains("\", compiled by Eke ");
}

void writeHeader(llvm::raw_ostream &os, const ModelInfo &info,
                 TargetAttr target, StringRef archive) {
  StringRef file = llvm::sys::path::filename(archive);
  std::string compiler = "cc", libraries = "-lm -lpthread";
  if (target.isBareMetal()) {
    compiler = "arm-none-eabi-gcc -mthumb -mfloat-abi=hard -mcpu=" +
               target.getCpu().str();
    libraries = "-lm";
  }
  os << llvm::formatv(
      R"(/* The model "{0}", compiled by Eke {1} for {2}.
 *
 *   {8} app.c {3} {9}
 *
 * {4} bytes of weights ({5}), {6} of state, {7} of arena. Its entries:
)",
      inComment(info.name), inComment(info.compilerVersion),
      inComment(info.target), inComment(file), info.weightBytes,
      inComment(info.weightsFormat), info.stateBytes, info.arenaBytes,
      inComment(compiler), libraries);
  for (const EntryInfo &entry : info.entries)
    describeEntry(os, info.getSymbol(), entry);
  os << " */\n\n" << abi[0].text;
  declareModel(os, info);
}

} // namespace mlir::eke
