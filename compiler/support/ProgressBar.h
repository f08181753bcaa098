//===- ProgressBar.h - How far a long command is ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_PROGRESSBAR_H
#define EKE_COMPILER_SUPPORT_PROGRESSBAR_H

#include "llvm/ADT/Twine.h"

namespace mlir::eke {

/// Shows steps of a command on standard error: as a bar where that is a terminal,
/// else as lines.
class ProgressBar {
public:
  ProgressBar();
  /// Takes the bar away.
  ~ProgressBar();

  /// Shows that `done` of about `total` steps are done, and a few words.
  void show(unsigned done, unsigned total, const llvm::Twine &words);

private:
  bool isTerminal;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_PROGRESSBAR_H
