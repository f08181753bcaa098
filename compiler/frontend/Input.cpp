//===- Input.cpp - Files from outside, and errors about them --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

llvm::Error errorIn(llvm::StringRef file, const llvm::Twine &what) {
  std::string line = (file + ": " + what).str();
  // Names of files come from outside, too.
  for (char &character : line)
    if (llvm::isASCII(character) && !llvm::isPrint(character))
      character = '?';
  return llvm::createStringError(line);
}

std::string inQuotes(llvm::StringRef name) {
  constexpr size_t longest = 96;
  std::string text;
  llvm::raw_string_ostream out(text);
  out << '\'';
  llvm::printEscapedString(name.take_front(longest), out);
  out << (name.size() > longest ? "...'" : "'");
  return text;
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openInput(llvm::StringRef path) {
  if (path.contains('\0')) // the system would open what stands before it
    return errorIn(path, "no name of a file");
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    return errorIn(path, "cannot open: " + error.message());
  if (!llvm::sys::fs::is_regular_file(status))
    return errorIn(path, "not a regular file");

  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return errorIn(path, "cannot read: " + buffer.getError().message());
  return std::move(*buffer);
}

llvm::Expected<llvm::json::Value> readJSON(llvm::StringRef path) {
  auto buffer = openInput(path);
  if (!buffer)
    return buffer.takeError();
  return parseJSON((*buffer)->getBuffer(), path);
}

std::string resolvePath(llvm::StringRef directory, llvm::StringRef path) {
  if (llvm::sys::path::is_absolute(path) || directory.empty())
    return path.str();
  llvm::SmallString<256> joined(directory);
  llvm::sys::path::append(joined, path);
  return std::string(joined);
}

} // namespace mlir::eke
