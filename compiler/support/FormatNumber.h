//===- FormatNumber.h - Numbers for people ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_FORMATNUMBER_H
#define EKE_COMPILER_SUPPORT_FORMATNUMBER_H

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace mlir::eke {

/// As short as it can be written: `2.4`, `300`.
inline std::string formatNumber(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.10g", number);
  return text;
}

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_FORMATNUMBER_H
