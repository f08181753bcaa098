//===- KernelNames.h - Which pipelines become which kernels -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_PIPELINES_KERNELNAMES_H
#define EKE_PASSES_PIPELINES_KERNELNAMES_H

#include "dialects/halide/HalideDialect.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

/// On a pipeline: why it is lowered to plain loops (a string), and not to a kernel.
inline constexpr llvm::StringLiteral kPlainLoopsAttr = "halide.plain_loops";

/// The name of the C function of a kernel that is called `name`, if no other has it.
inline std::string getKernelSymbol(StringRef name) {
  std::string symbol = name.str();
  for (char &c : symbol)
    c = llvm::isAlnum(c) ? c : '_';
  return symbol;
}

/// How labels of its calls spell the name of `pipeline`.
inline std::string getCallLabel(halide::PipelineOp pipeline) {
  std::string label = pipeline.getKernelName().value_or("kernel").str();
  for (char &c : label)
    c = llvm::isAlnum(c) || c == '.' ? c : '_';
  return label;
}

/// That of the kernel that `pipeline` becomes.
inline std::string getKernelSymbol(halide::PipelineOp pipeline) {
  return getKernelSymbol(pipeline.getKernelName().value_or("kernel"));
}

} // namespace mlir::eke

#endif // EKE_PASSES_PIPELINES_KERNELNAMES_H
