//===- VerifyRewrites.h - Look at what our passes leave ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_VERIFYREWRITES_H
#define EKE_CODEGEN_LLVM_VERIFYREWRITES_H

#include "llvm/IR/PassInstrumentation.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// Verifies each function behind each pass of ours that changed it. Behind the first
/// one that broke it, no pass runs that can be left out: none has to cope with what
/// is not valid.
class RewriteVerifier {
public:
  explicit RewriteVerifier(llvm::PassInstrumentationCallbacks &callbacks);

  /// What the first pass broke.
  llvm::Error takeError() const;

private:
  std::string problem;
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_VERIFYREWRITES_H
