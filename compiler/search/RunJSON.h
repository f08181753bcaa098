//===- RunJSON.h - Running a program for its statistics ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_RUNJSON_H
#define EKE_COMPILER_SEARCH_RUNJSON_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/JSON.h"

#include <string>

namespace mlir::eke {

/// Runs the program `path`, of which errors speak as `name`, behind the words of
/// `launcher` if there are some, and reads what it writes to `--stats`. Its output
/// goes nowhere.
llvm::Expected<llvm::json::Object>
runForStatistics(llvm::StringRef path, llvm::ArrayRef<std::string> launcher,
                 llvm::ArrayRef<std::string> args, llvm::StringRef name);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_RUNJSON_H
