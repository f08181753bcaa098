//===- Context.h - Where modules are read -----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_FUZZ_READERS_CONTEXT_H
#define EKE_TEST_FUZZ_READERS_CONTEXT_H

#include "mlir/IR/MLIRContext.h"

namespace mlir::eke::test {

/// A context with the dialects of models, which is replaced by a new one before it
/// grows large: it keeps every type and attribute. Its diagnostics have to be of
/// the form that users see.
MLIRContext &getContext();

/// Runs `body`, which parses files. The compiler answers a crash of upstream's parser with
/// a line, so that is a refusal. What our own parsers do wrong the sanitizers say before.
void withParser(llvm::function_ref<void()> body);

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_READERS_CONTEXT_H
