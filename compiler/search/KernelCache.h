//===- KernelCache.h - Kernels that are compiled once -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_KERNELCACHE_H
#define EKE_COMPILER_SEARCH_KERNELCACHE_H

#include "codegen/halide/HalideCodegen.h"

#include <map>
#include <string>

namespace mlir::eke {

/// Compiles kernels for one target. One that it has compiled before is not compiled again,
/// also if it comes from another compilation.
class KernelCache {
public:
  FailureOr<CompiledKernel> compile(halide::KernelOp op, StringRef target);

private:
  /// By the text of the kernel.
  std::map<std::string, CompiledKernel> kernels;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_KERNELCACHE_H
