//===- ShortExtrema.h - Short loops to the largest number -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_SHORTEXTREMA_H
#define EKE_CODEGEN_LLVM_SHORTEXTREMA_H

#include "llvm/IR/PassManager.h"

namespace mlir::eke {

/// Keeps LLVM from vectorising a loop for the largest or smallest number that ignores
/// NaN (maxnum, minnum), where vectors would have lanes without an iteration: LLVM 22
/// runs the first vector of such a loop, and then leaves it. It gives vectors such
/// lanes where a loop is short, and where code has to be small. Runs in front of LLVM's
/// vectoriser.
class ShortExtremaPass : public llvm::PassInfoMixin<ShortExtremaPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_SHORTEXTREMA_H
