//===- Input.h - Files from outside, and errors about them ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_INPUT_H
#define EKE_COMPILER_FRONTEND_INPUT_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>
#include <string>

namespace mlir::eke {

/// The error "`file`: `what`", on one line.
llvm::Error errorIn(llvm::StringRef file, const llvm::Twine &what);

/// `name` in single quotes, fit for one line of a message: what does not print
/// is escaped, and what is too long is cut.
std::string inQuotes(llvm::StringRef name);

/// Maps the regular file at `path` into memory. Pages are read when touched.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openInput(llvm::StringRef path);

/// Parses `text`, the contents of `file`. Beyond what JSON requires, refuses
/// an object that holds a key twice and values nested deeper than 64.
llvm::Expected<llvm::json::Value> parseJSON(llvm::StringRef text,
                                            llvm::StringRef file);

/// Opens and parses the file at `path`.
llvm::Expected<llvm::json::Value> readJSON(llvm::StringRef path);

/// `path`, seen from `directory` unless it is absolute.
std::string resolvePath(llvm::StringRef directory, llvm::StringRef path);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_INPUT_H
