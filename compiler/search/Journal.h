//===- Journal.h - What a search has measured so far ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A search that is started again asks the same questions in the same order; those
// that have an answer here need no run.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_JOURNAL_H
#define EKE_COMPILER_SEARCH_JOURNAL_H

#include "compiler/search/Cost.h"

#include <map>
#include <optional>
#include <string>

namespace mlir::eke::tune {

/// Answers by kernel and schedule, in a file of JSON, one answer a line.
class Journal {
public:
  /// Reads the file at `path`, if it is of the search `key`; else begins anew.
  Journal(std::string path, std::string key);

  /// Fails if `path` is a file that no search has written, and that writing would cost.
  static llvm::Error check(llvm::StringRef path);

  size_t size() const { return answers.size(); }

  /// What is known of a schedule: nothing; or what it costs, which is nothing if
  /// it cannot be compiled.
  std::optional<std::optional<Cost>> find(llvm::StringRef kernel,
                                          llvm::StringRef schedule) const;
  void add(llvm::StringRef kernel, llvm::StringRef schedule,
           std::optional<Cost> cost);

  /// Writes the file.
  llvm::Error write() const;
  /// Deletes the file.
  void remove() const;

private:
  bool read(llvm::StringRef text);

  std::string path, key;
  std::map<std::pair<std::string, std::string>, std::optional<Cost>> answers;
};

} // namespace mlir::eke::tune

#endif // EKE_COMPILER_SEARCH_JOURNAL_H
