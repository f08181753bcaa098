//===- Translate.h - One LLVM module out of many parts ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   LLVM dialect ---\
//   kernels' bitcode -+--> one module --> internal but for the public names
//   runtime bitcode -/
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_TRANSLATE_H
#define EKE_CODEGEN_LLVM_TRANSLATE_H

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// A kernel as Halide leaves it: LLVM bitcode, of any version up to ours, that
/// defines `symbol`.
struct KernelCode {
  std::string symbol;
  std::string bitcode;
};

/// Translates `module`, in the LLVM dialect apart from weights, states and
/// metadata, to LLVM IR. Its symbol `eke_weights` becomes the external one of the
/// model's image.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateModule(ModuleOp module, llvm::LLVMContext &context);

/// Reads a kernel and leaves its function as the only one that others see.
llvm::Expected<std::unique_ptr<llvm::Module>>
readKernel(const KernelCode &kernel, llvm::LLVMContext &context);

/// Adds the definitions of `part` to `module`. Module-wide flags of `part`,
/// which speak of the compiler it came from, are dropped.
llvm::Error linkInto(llvm::Module &module, std::unique_ptr<llvm::Module> part);

/// Reads the bitcode file at `path`.
llvm::Expected<std::unique_ptr<llvm::Module>>
readBitcodeFile(llvm::StringRef path, llvm::LLVMContext &context);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_TRANSLATE_H
