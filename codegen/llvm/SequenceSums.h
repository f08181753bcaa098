//===- SequenceSums.h - Integer sums one after the other --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_SEQUENCESUMS_H
#define EKE_CODEGEN_LLVM_SEQUENCESUMS_H

#include "llvm/IR/PassManager.h"

namespace mlir::eke {

/// Where a block has many integer sums (sdot, smmla), each scaled and added to a total,
/// keeps LLVM's scheduler from computing all of them before it scales the first: the
/// totals alone fill half of the registers. An empty piece of assembly ties the start
/// of a sum to a total before it. It is no instruction, and the CPU sees no dependency.
class SequenceSumsPass : public llvm::PassInfoMixin<SequenceSumsPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_SEQUENCESUMS_H
