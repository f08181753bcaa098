//===- Diagnostics.h - What eke says when something is wrong ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_DIAGNOSTICS_H
#define EKE_COMPILER_SUPPORT_DIAGNOSTICS_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// Prints `eke: error: …` on one line.
void printError(const llvm::Twine &message);

/// Prints an error; returns the exit code of a failed run.
int reportFailure(llvm::Error error);

/// Prints an error; returns the exit code of a wrong command line.
int reportUsage(llvm::Error error);

/// Prints the error, if it is one; fails then.
LogicalResult report(llvm::Error error);

/// Makes the diagnostics of `context` lines of the form
///   eke: error: file:line:column: message
void printDiagnostics(MLIRContext &context);

/// Makes passes say what they did, for categories that match `filter`.
LogicalResult enableRemarks(MLIRContext &context, StringRef filter);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_DIAGNOSTICS_H
