//===- KernelCache.h - Kernels that are compiled once -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   kernel without its name, target, compiler --digest--> FOLDER/llvmcache-DIGEST
//
// A file is complete or not there, and says what its contents digest to: one that is damaged
// counts as not there. The folder may be deleted at any time.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_KERNELCACHE_H
#define EKE_COMPILER_PIPELINE_KERNELCACHE_H

#include "codegen/halide/HalideCodegen.h"

#include <map>
#include <optional>
#include <string>

namespace mlir::eke {

/// Compiles kernels. One that it has compiled before, under whatever name, is not compiled
/// again; with a folder, neither is one that another process has compiled.
class KernelCache {
public:
  KernelCache() = default;
  KernelCache(const KernelCache &) = delete;
  ~KernelCache();

  /// As `compileKernel`. What the kernel becomes does not depend on what is known already.
  FailureOr<CompiledKernel> compile(halide::KernelOp op, StringRef target);

  /// How many were not known.
  size_t getCompiled() const { return compiled; }

  /// Where kernels are kept beyond this process; empty: nowhere. What cannot be kept there is
  /// compiled again.
  std::string folder;

private:
  std::string getPath(StringRef target, StringRef text);

  /// Without their names, by target and text.
  std::map<std::pair<std::string, std::string>, CompiledKernel> kernels;
  /// Stands for the running compiler, once it is needed.
  std::optional<std::string> compiler;
  size_t compiled = 0;
  bool hasGrown = false;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_KERNELCACHE_H
