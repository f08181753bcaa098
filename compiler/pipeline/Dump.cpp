//===- Dump.cpp - Everything on the way, as files -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Dump.h"

#include "codegen/llvm/Link.h"

#include "mlir/IR/BuiltinOps.h"
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
  return writeText(path, printModule(module));
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
    llvm::sys::path::append(path, "kernels", kernel.symbol + suffix);
    if (llvm::Error error = writeText(path, text))
      return error;
  }
  return llvm::Error::success();
}

} // namespace mlir::eke
