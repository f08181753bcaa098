//===- Date.h - The day that a chat template prints -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_CHAT_DATE_H
#define EKE_COMPILER_FRONTEND_CHAT_DATE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <ctime>
#include <optional>
#include <string>

namespace mlir::eke {

/// A day, such as 2025-06-30.
class Date {
public:
  /// Nothing if the text is no day from the year 1000 to 9999.
  static std::optional<Date> parse(llvm::StringRef text);

  /// The text that `parse` reads.
  std::string print() const;

  /// As `strftime` prints it in the C locale. Fails for a format that asks for more than
  /// the day, such as the hour.
  llvm::Expected<std::string> format(llvm::StringRef format) const;

private:
  std::tm day = {};
};

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_CHAT_DATE_H
