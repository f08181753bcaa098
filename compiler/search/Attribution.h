//===- Attribution.h - Where quality is lost --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_ATTRIBUTION_H
#define EKE_COMPILER_SEARCH_ATTRIBUTION_H

#include "compiler/pipeline/Compilation.h"

namespace mlir::eke {

/// Says what each step of the compiler that rounds changes, and what each tensor does when it
/// alone is rounded: the Kullback-Leibler divergence of the probabilities of the next token
/// from those in f32, in nats per token, in the mean over the beginning of `text`. All is
/// run on this machine, by programs that are compiled for it. Returns the table; what has
/// been measured once is in a cache.
llvm::Expected<std::string> attributeLoss(const CompileOptions &options,
                                          StringRef text, StringRef compiler);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_ATTRIBUTION_H
