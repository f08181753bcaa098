//===- ProgressBar.cpp - How far a long command is ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/ProgressBar.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>

namespace mlir::eke {

/// Goes to the start of the line and clears it.
static constexpr const char *clearLine = "\r\033[K";

ProgressBar::ProgressBar() : isTerminal(llvm::errs().is_displayed()) {}

ProgressBar::~ProgressBar() {
  if (isTerminal)
    llvm::errs() << clearLine;
}

void ProgressBar::show(unsigned done, unsigned total,
                       const llvm::Twine &words) {
  constexpr unsigned width = 24;
  total = std::max({1u, done, total});
  llvm::raw_ostream &os = llvm::errs();
  if (!isTerminal) {
    os << "eke: " << done << " of " << total << ": " << words << "\n";
    return;
  }
  unsigned filled = done * width / total;
  os << clearLine << "[" << std::string(filled, '#')
     << std::string(width - filled, '.') << "] " << done << "/" << total << " "
     << words;
}

} // namespace mlir::eke
