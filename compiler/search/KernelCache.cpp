//===- KernelCache.cpp - Kernels that are compiled once -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/KernelCache.h"

namespace mlir::eke {

FailureOr<CompiledKernel> KernelCache::compile(halide::KernelOp op,
                                               StringRef target) {
  std::string text;
  llvm::raw_string_ostream(text) << op;
  auto known = kernels.find(text);
  if (known != kernels.end())
    return known->second;
  FailureOr<CompiledKernel> kernel = compileKernel(op, target);
  if (succeeded(kernel))
    kernels[text] = *kernel;
  return kernel;
}

} // namespace mlir::eke
