//===- DoubleExtrema.h - The larger of two f64 on 32 bits -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_DOUBLEEXTREMA_H
#define EKE_CODEGEN_LLVM_DOUBLEEXTREMA_H

#include "llvm/IR/PassManager.h"

namespace mlir::eke {

/// Says the larger and the smaller of two f64, or NaN if one is, by comparisons: for 32-bit
/// Arm, LLVM asks for the sign of zero by a comparison of 64 bits, for which it then finds no
/// instruction.
class DoubleExtremaPass : public llvm::PassInfoMixin<DoubleExtremaPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_DOUBLEEXTREMA_H
