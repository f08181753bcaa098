//===- VerifyRewritesTest.cpp - Look at what our passes leave -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/VerifyRewrites.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SourceMgr.h"

#include <gtest/gtest.h>

namespace mlir::eke {

/// Puts the first instruction behind what reads it, or leaves all as it is.
struct MisplacePass : llvm::PassInfoMixin<MisplacePass> {
  explicit MisplacePass(bool isActive) : isActive(isActive) {}
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &) {
    llvm::BasicBlock &block = function.getEntryBlock();
    if (isActive)
      block.front().moveBefore(block.getTerminator()->getIterator());
    return llvm::PreservedAnalyses::none();
  }
  bool isActive;
};

/// Counts its runs.
struct CountRunsPass : llvm::PassInfoMixin<CountRunsPass> {
  explicit CountRunsPass(unsigned &runs) : runs(runs) {}
  llvm::PreservedAnalyses run(llvm::Function &,
                              llvm::FunctionAnalysisManager &) {
    ++runs;
    return llvm::PreservedAnalyses::all();
  }
  unsigned &runs;
};

/// What is reported after MisplacePass, and how many times the next pass ran.
static std::pair<std::string, unsigned> runMisplace(bool isActive) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  auto module = llvm::parseAssemblyString(R"(
define i32 @kernel(i32 %x) {
  %a = add i32 %x, 1
  %b = mul i32 %a, %a
  ret i32 %b
})",
                                          diagnostic, context);
  llvm::PassInstrumentationCallbacks callbacks;
  RewriteVerifier verifier(callbacks);
  llvm::FunctionAnalysisManager analyses;
  llvm::PassBuilder(nullptr, llvm::PipelineTuningOptions(), std::nullopt,
                    &callbacks)
      .registerFunctionAnalyses(analyses);
  unsigned runs = 0;
  llvm::FunctionPassManager passes;
  passes.addPass(MisplacePass(isActive));
  passes.addPass(CountRunsPass(runs));
  passes.run(*module->getFunction("kernel"), analyses);
  llvm::Error error = verifier.takeError();
  return {error ? llvm::toString(std::move(error)) : "", runs};
}

TEST(VerifyRewrites, NamesThePassAndTheFunctionAndStops) {
  EXPECT_EQ(runMisplace(true),
            std::make_pair(std::string("MisplacePass left invalid code in "
                                       "'kernel': Instruction does not "
                                       "dominate all uses!"),
                           0u));
}

TEST(VerifyRewrites, LetsValidCodePass) {
  EXPECT_EQ(runMisplace(false), std::make_pair(std::string(), 1u));
}

} // namespace mlir::eke
