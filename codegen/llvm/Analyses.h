//===- Analyses.h - What LLVM's passes ask ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_ANALYSES_H
#define EKE_CODEGEN_LLVM_ANALYSES_H

#include "llvm/Passes/PassBuilder.h"

namespace mlir::eke {

/// The managers of all analyses, which know each other and those of `builder`.
struct Analyses {
  explicit Analyses(llvm::PassBuilder &builder) {
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(sccs);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, sccs, modules);
  }

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_ANALYSES_H
