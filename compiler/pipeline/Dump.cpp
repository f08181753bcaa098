//===- Dump.cpp - Everything on the way, as files -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Dump.h"

#include "compiler/support/OutputFile.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {

std::string printModule(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, OpPrintingFlags().printNameLocAsPrefix());
  os << "\n";
  return text;
}

/// A name of its own for each `symbol`, which may be any text.
static std::string makeFileName(StringRef symbol) {
  constexpr size_t longest = 128;
  std::string name;
  llvm::raw_string_ostream os(name);
  for (char c : symbol)
    if (llvm::isAlnum(c) || c == '_' || (c == '.' && !name.empty()))
      os << c;
    else
      os << llvm::formatv("%{0:X-2}", uint8_t(c));
  if (name.size() <= longest)
    return name;
  std::string digest = llvm::toHex(
      llvm::BLAKE3::hash<16>(llvm::arrayRefFromStringRef(symbol)), true);
  return name.substr(0, longest) + "-" + digest;
}

llvm::Expected<Dump> Dump::create(StringRef folder) {
  if (folder.empty())
    return Dump("");
  SmallString<128> kernels(folder);
  llvm::sys::path::append(kernels, "kernels");
  if (std::error_code error = llvm::sys::fs::create_directories(kernels))
    return llvm::createStringError(error, "cannot create '%s': %s",
                                   kernels.c_str(), error.message().c_str());
  return Dump(folder);
}

llvm::Error Dump::addModule(ModuleOp module, StringRef phase) {
  if (folder.empty())
    return llvm::Error::success();
  SmallString<128> path(folder);
  llvm::sys::path::append(path,
                          llvm::formatv("{0,0+2}-{1}.mlir", count++, phase));
  return writeOutput(path, "a dump of a phase", printModule(module));
}

llvm::Error Dump::addKernel(ModuleOp module, const CompiledKernel &kernel) {
  if (folder.empty())
    return llvm::Error::success();
  llvm::Expected<KernelListing> listing =
      listKernel(module, {kernel.symbol, kernel.bitcode});
  if (!listing)
    return listing.takeError();
  const std::pair<StringRef, StringRef> files[] = {{".stmt", kernel.statement},
                                                   {".ll", listing->llvmIR},
                                                   {".s", listing->assembly}};
  for (auto [suffix, text] : files) {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, "kernels",
                            makeFileName(kernel.symbol) + suffix);
    if (llvm::Error error = writeOutput(path, "a dump of a kernel", text))
      return error;
  }
  return llvm::Error::success();
}

} // namespace mlir::eke
