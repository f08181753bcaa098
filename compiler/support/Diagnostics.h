//===- Diagnostics.h - What eke says when something is wrong ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_DIAGNOSTICS_H
#define EKE_COMPILER_SUPPORT_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

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

/// Something that is wrong with the input.
struct Finding {
  std::string line;
  /// What is wrong, without where: findings that have the same are alike.
  std::string kind;
  std::vector<std::string> notes;
  /// Where, if MLIR says so, or null.
  LocationAttr location;
};

/// What MLIR says with `text` at `location`.
Finding describeFinding(Location location, StringRef text);

/// Prints each finding as an error, those that are alike side by side; of many that are,
/// the first few and how many there are besides.
void printFindings(ArrayRef<Finding> findings);

/// Prints an error, or each of a list; returns the exit code.
int reportFailure(llvm::Error error);

/// Prints the error, if it is one; fails then.
LogicalResult report(llvm::Error error);

/// Makes the diagnostics of `context` lines of the form
///   eke: error: file:line:column: message
void printDiagnostics(MLIRContext &context);

/// Holds back the errors of `context` while it lives, and forgets them.
class HeldErrors {
public:
  explicit HeldErrors(MLIRContext &context);

  ArrayRef<Finding> getFindings() const { return findings; }

private:
  std::vector<Finding> findings;
  ScopedDiagnosticHandler handler;
};

/// Makes passes say what they did, for categories that match `filter`.
LogicalResult enableRemarks(MLIRContext &context, StringRef filter);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_DIAGNOSTICS_H
