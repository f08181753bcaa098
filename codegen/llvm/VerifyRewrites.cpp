//===- VerifyRewrites.cpp - Look at what our passes leave -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/VerifyRewrites.h"

#include "llvm/IR/Function.h"
#include "llvm/IR/PassManager.h"
#include "llvm/IR/Verifier.h"

namespace mlir::eke {

RewriteVerifier::RewriteVerifier(
    llvm::PassInstrumentationCallbacks &callbacks) {
  callbacks.registerShouldRunOptionalPassCallback(
      [this](llvm::StringRef, llvm::Any) { return problem.empty(); });
  callbacks.registerAfterPassCallback(
      [this](llvm::StringRef pass, llvm::Any ir,
             const llvm::PreservedAnalyses &kept) {
        if (!problem.empty() || kept.areAllPreserved() ||
            !pass.consume_front("mlir::eke::"))
          return;
        auto *function = llvm::any_cast<const llvm::Function *>(&ir);
        std::string found;
        llvm::raw_string_ostream os(found);
        if (function && llvm::verifyFunction(**function, &os))
          problem = (pass + " left invalid code in '" + (*function)->getName() +
                     "': " + llvm::StringRef(found).split('\n').first)
                        .str();
      });
}

llvm::Error RewriteVerifier::takeError() const {
  if (problem.empty())
    return llvm::Error::success();
  return llvm::createStringError(problem);
}

} // namespace mlir::eke
