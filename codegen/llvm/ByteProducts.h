//===- ByteProducts.h - Several products of bytes at a time -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_BYTEPRODUCTS_H
#define EKE_CODEGEN_LLVM_BYTEPRODUCTS_H

#include "llvm/IR/PassManager.h"

namespace mlir::eke {

/// Sums of products of signed bytes become what a Cortex-M has for them. With MVE, one
/// instruction for all lanes of two vectors (vmladav): LLVM finds it by itself only where
/// bytes are widened beside the product, and not out of a loop. With the DSP extension alone,
/// of four products two instructions that multiply pairs of 16-bit numbers (smlad).
class ByteProductsPass : public llvm::PassInfoMixin<ByteProductsPass> {
public:
  explicit ByteProductsPass(bool hasMve) : hasMve(hasMve) {}

  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &manager);

private:
  bool hasMve;
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_BYTEPRODUCTS_H
