//===- Input.h - What front ends read, and errors about it ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_INPUT_H
#define EKE_COMPILER_FRONTEND_INPUT_H

#include "dialects/eke/InputFile.h"

#include "llvm/Support/JSON.h"

#include <optional>
#include <string>

namespace mlir::eke {

/// `name` in single quotes, fit for one line of a message: what does not print
/// is escaped, and what is too long is cut.
std::string inQuotes(llvm::StringRef name);

/// Parses `text`, the contents of `file`. Beyond what JSON requires, refuses
/// an object that holds a key twice and values nested deeper than 64.
llvm::Expected<llvm::json::Value> parseJSON(llvm::StringRef text,
                                            llvm::StringRef file);

/// Opens and parses the file at `path`.
llvm::Expected<llvm::json::Value> readJSON(llvm::StringRef path);

/// `path`, seen from `directory` unless it is absolute.
std::string resolvePath(llvm::StringRef directory, llvm::StringRef path);

/// Says why a model cannot be called `name`, which files are named after, or nothing.
std::optional<std::string> whyNoModelName(llvm::StringRef name);

/// A name for a model that is like the name of a file or folder, which may have any
/// bytes.
std::string makeModelName(llvm::StringRef file);

/// What a file of another kind than expected is, by how it starts: "is a GGUF file; …";
/// or nothing.
std::optional<std::string> recognise(llvm::StringRef contents);

/// Is there a file called `path`, or a link of that name? One that dangles is an error
/// of who reads it, and not the absence of a file.
bool isThere(llvm::StringRef path);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_INPUT_H
