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

/// What a failed run ends with: the first error decides. It is of the input, the command
/// line included, or of the machine: a full disk, no memory, a tool that fails. Errors
/// of the machine have an error code of the system.
enum ExitCode { kMachineFailed = 1, kInputIsWrong = 2 };

/// What this run ends with, if it has failed.
int getExitCode();

/// Prints `eke: error: …` on one line, about the input.
void printError(const llvm::Twine &message);

/// Prints `eke: warning: …` on one line: the run goes on, but perhaps not as meant.
void printWarning(const llvm::Twine &message);

/// Prints an error; returns the exit code.
int reportFailure(llvm::Error error);

/// Prints the error, if it is one; fails then.
LogicalResult report(llvm::Error error);

/// Makes the diagnostics of `context` lines of the form
///   eke: error: file:line:column: message
void printDiagnostics(MLIRContext &context);

/// Makes passes say what they did, for categories that match `filter`.
LogicalResult enableRemarks(MLIRContext &context, StringRef filter);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_DIAGNOSTICS_H
