//===- MatrixProducts.h - Products of rows by smmla -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_MATRIXPRODUCTS_H
#define EKE_CODEGEN_LLVM_MATRIXPRODUCTS_H

#include "llvm/IR/PassManager.h"

namespace mlir::eke {

/// Where sums of several rows are products with the same weights (sdot), computes two
/// rows at a time (smmla), which takes half the instructions. Integer sums are exact,
/// so the order does not matter; what follows them lane by lane stays as it is. For
/// CPUs that have it: the feature i8mm.
class MatrixProductsPass : public llvm::PassInfoMixin<MatrixProductsPass> {
public:
  static constexpr const char *remarkCategory = "matrix-products";

  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_MATRIXPRODUCTS_H
