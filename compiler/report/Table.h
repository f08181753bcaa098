//===- Table.h - Lines of cells ----------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_REPORT_TABLE_H
#define EKE_COMPILER_REPORT_TABLE_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <string>
#include <vector>

namespace mlir::eke {

/// Lines of cells, printed with columns as wide as they need to be.
class Table {
public:
  /// `texts` says how many columns, from the left, are texts, not numbers.
  explicit Table(unsigned texts) : texts(texts) {}

  void addLine(std::vector<std::string> cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (auto [width, cell] : llvm::zip(widths, cells))
      width = std::max(width, getWidth(cell));
    lines.push_back(std::move(cells));
  }

  void print(llvm::raw_ostream &os) const {
    for (const std::vector<std::string> &line : lines) {
      std::string text;
      for (const auto &[column, cell] : llvm::enumerate(line)) {
        std::string blanks(widths[column] - getWidth(cell), ' ');
        text += column < texts ? cell + blanks : blanks + cell;
        text += "  ";
      }
      os << llvm::StringRef(text).rtrim() << "\n";
    }
  }

private:
  static size_t getWidth(llvm::StringRef cell) {
    return std::max(0, llvm::sys::unicode::columnWidthUTF8(cell));
  }

  unsigned texts;
  std::vector<std::vector<std::string>> lines;
  std::vector<size_t> widths;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_REPORT_TABLE_H
