//===- RunPasses.h - Passes on a kernel given as text -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_UNIT_LLVM_RUNPASSES_H
#define EKE_TEST_UNIT_LLVM_RUNPASSES_H

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SourceMgr.h"

#include <gtest/gtest.h>

namespace mlir::eke {

/// Counts what passes remark on.
struct RemarkCounter : llvm::DiagnosticHandler {
  explicit RemarkCounter(unsigned &count) : count(count) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    count += llvm::isa<llvm::OptimizationRemarkMissed>(info);
    return true;
  }
  bool isAnyRemarkEnabled() const override { return true; }
  unsigned &count;
};

/// Runs `passes` on @kernel in `text`, which may call the intrinsics of products by
/// sdot, and shows `look` what became of it. The result has to be valid. Returns how
/// many remarks on missed rewrites there were.
inline unsigned runOnKernel(const std::string &text,
                            llvm::FunctionPassManager passes,
                            llvm::function_ref<void(llvm::Function &)> look) {
  constexpr const char declarations[] = R"(
declare <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32>, <16 x i8>, <16 x i8>)
declare <4 x float> @llvm.fmuladd.v4f32(<4 x float>, <4 x float>, <4 x float>)
)";
  unsigned remarks = 0;
  llvm::LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<RemarkCounter>(remarks));
  llvm::SMDiagnostic diagnostic;
  auto module =
      llvm::parseAssemblyString(text + declarations, diagnostic, context);
  if (!module) {
    ADD_FAILURE() << diagnostic.getMessage().str() << text;
    return 0;
  }
  llvm::FunctionAnalysisManager analyses;
  llvm::PassBuilder().registerFunctionAnalyses(analyses);
  llvm::Function &function = *module->getFunction("kernel");
  passes.run(function, analyses);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  look(function);
  return remarks;
}

} // namespace mlir::eke

#endif // EKE_TEST_UNIT_LLVM_RUNPASSES_H
