//===- Decisions.h - What options and a model decide ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_DECISIONS_H
#define EKE_COMPILER_SEARCH_DECISIONS_H

#include "compiler/pipeline/Compilation.h"

namespace mlir::eke {

/// What is rounded, and how, of a language model.
struct Decisions {
  /// The formats of matrices, of those at its ends, and of caches.
  std::string weights, head, caches;
  bool rotates = false;
  /// The tokens that the model knows.
  size_t vocab = 0;
  /// The formats that the options name for single matrices.
  FormatPlan plan;
  /// All matrices that have a format, with it.
  FormatPlan matrices;
};

/// Asks the compiler what `options` come to on this machine. The model has to be a description
/// of a language model.
llvm::Expected<Decisions> findDecisions(const CompileOptions &options,
                                        StringRef compiler);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_DECISIONS_H
