//===- KernelCache.cpp - Kernels that are compiled once -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/KernelCache.h"

#include "compiler/support/Digest.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/Version.h"

#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {
namespace fs = llvm::sys::fs;

/// What every kernel is called while it is compiled, so that its name decides nothing.
static constexpr StringRef kCommonName = "eke_kernel";

/// The names that LLVM's pruning takes for files of a cache.
static constexpr StringRef kFilePrefix = "llvmcache-";

static constexpr uint64_t kMostBytes = uint64_t(1) << 30;
static constexpr std::chrono::hours kLongestUnused(24 * 28);

/// The contents of the program that runs, since a version may be built in many ways.
static std::string digestCompiler() {
  std::string path = fs::getMainExecutable(nullptr, nullptr);
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  return digest({getVersion(), file ? (*file)->getBuffer() : StringRef()});
}

static std::string write(const CompiledKernel &kernel) {
  std::string rest = std::to_string(kernel.statement.size()) + "\n" +
                     kernel.statement + kernel.bitcode;
  return digest({rest}) + "\n" + rest;
}

/// Nothing if `text` is not, byte by byte, what `write` made of a kernel.
static std::optional<CompiledKernel> read(StringRef text) {
  auto [expected, rest] = text.split('\n');
  auto [size, contents] = rest.split('\n');
  size_t statementSize;
  if (digest({rest}) != expected || size.getAsInteger(10, statementSize) ||
      statementSize > contents.size())
    return std::nullopt;
  CompiledKernel kernel;
  kernel.symbol = kCommonName.str();
  kernel.statement = contents.take_front(statementSize).str();
  kernel.bitcode = contents.drop_front(statementSize).str();
  return kernel;
}

std::string KernelCache::getPath(StringRef target, StringRef text) {
  if (!compiler)
    compiler = digestCompiler();
  SmallString<128> path(folder);
  llvm::sys::path::append(path,
                          kFilePrefix + digest({*compiler, target, text}));
  return path.str().str();
}

static std::optional<CompiledKernel> find(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  return file ? read((*file)->getBuffer()) : std::nullopt;
}

/// A kernel that cannot be kept is compiled again; that is no error.
static bool keep(const CompiledKernel &kernel, StringRef path) {
  if (fs::create_directories(llvm::sys::path::parent_path(path)))
    return false;
  llvm::Error error = writeOutput(path, "a kernel that is kept", write(kernel));
  bool isKept = !error;
  llvm::consumeError(std::move(error));
  return isKept;
}

FailureOr<CompiledKernel> KernelCache::compile(halide::KernelOp op,
                                               StringRef target) {
  OwningOpRef<halide::KernelOp> nameless = op.clone();
  nameless->setSymName(kCommonName);
  std::string text;
  llvm::raw_string_ostream(text) << *nameless;
  auto [known, isNew] = kernels.try_emplace({target.str(), text});
  if (isNew) {
    std::string path = folder.empty() ? "" : getPath(target, text);
    auto kept = path.empty() ? std::nullopt : find(path);
    FailureOr<CompiledKernel> kernel =
        kept ? std::move(*kept) : compileKernel(*nameless, target);
    if (failed(kernel)) {
      kernels.erase(known);
      return failure();
    }
    compiled += !kept;
    if (!path.empty() && !kept)
      hasGrown |= keep(*kernel, path);
    known->second = std::move(*kernel);
  }
  return renameKernel(known->second, op.getSymName());
}

KernelCache::~KernelCache() {
  if (!hasGrown)
    return;
  llvm::CachePruningPolicy policy;
  policy.MaxSizeBytes = kMostBytes;
  policy.Expiration = kLongestUnused;
  llvm::pruneCache(folder, policy);
}

} // namespace mlir::eke
