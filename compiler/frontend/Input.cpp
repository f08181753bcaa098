//===- Input.cpp - What front ends read, and errors about it --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

std::string inQuotes(llvm::StringRef name) {
  constexpr size_t longest = 96;
  std::string text;
  llvm::raw_string_ostream out(text);
  out << '\'';
  llvm::printEscapedString(name.take_front(longest), out);
  out << (name.size() > longest ? "...'" : "'");
  return text;
}

llvm::Expected<llvm::json::Value> readJSON(llvm::StringRef path) {
  auto buffer = openText(path);
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

std::optional<std::string> whyNoModelName(llvm::StringRef name) {
  constexpr size_t longest = 200; // a suffix has to fit, too
  bool isText = llvm::json::isUTF8(name) && llvm::none_of(name, [](char c) {
                  return (unsigned char)c < ' ' || c == 0x7f;
                });
  if (!name.empty() && name != "." && name != ".." && !name.contains('/') &&
      name.size() <= longest && isText)
    return std::nullopt;
  return inQuotes(name) +
         " is no name of a model; expected a plain file name "
         "of at most " +
         std::to_string(longest) + " printable characters";
}

std::string makeModelName(llvm::StringRef file) {
  constexpr size_t longest = 64;
  if (!whyNoModelName(file))
    return file.str();
  std::string name;
  for (char c : file.take_front(longest))
    name += llvm::isPrint(c) && c != '/' ? c : '_';
  return whyNoModelName(name) ? "model" : name;
}

std::optional<std::string> recognise(llvm::StringRef contents) {
  if (contents.starts_with("GGUF"))
    return "is a GGUF file, which is a model by itself; expected its path in "
           "place of the folder's";
  if (contents.starts_with("version https://git-lfs"))
    return "is a pointer of Git LFS; expected the file itself, which 'git lfs "
           "pull' fetches";
  if (contents.starts_with("\xef\xbb\xbf"))
    return "starts with a byte order mark; expected UTF-8 without one";
  if (contents.starts_with("\xff\xfe") || contents.starts_with("\xfe\xff"))
    return "is UTF-16; expected UTF-8";
  if (contents.starts_with("PK\x03\x04"))
    return "is a ZIP archive, such as PyTorch's checkpoints are; expected "
           "safetensors";
  return std::nullopt;
}

bool isThere(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  std::error_code error = llvm::sys::fs::status(path, status, /*follow=*/false);
  return error != std::errc::no_such_file_or_directory &&
         error != std::errc::not_a_directory;
}

} // namespace mlir::eke
