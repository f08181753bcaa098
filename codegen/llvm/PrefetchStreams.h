//===- PrefetchStreams.h - Ask for weights ahead of time --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_PREFETCHSTREAMS_H
#define EKE_CODEGEN_LLVM_PREFETCHSTREAMS_H

#include "llvm/IR/PassManager.h"

namespace mlir::eke {

/// In every innermost loop, asks for what vector loads will read `distance` bytes
/// on, where they take new cache lines in each iteration. A cache's own prefetcher
/// stops at the end of a page, and waits for the translation of the next one.
class PrefetchStreamsPass : public llvm::PassInfoMixin<PrefetchStreamsPass> {
public:
  explicit PrefetchStreamsPass(int64_t distance) : distance(distance) {}

  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);

private:
  int64_t distance;
};

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_PREFETCHSTREAMS_H
