//===- EnergyReportPage.cpp - An energy report as a page ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/EnergyReport.h"

namespace mlir::eke {
namespace {

/// Texts by name; there is one.
constexpr std::pair<StringRef, StringRef> pages[] = {
#include "compiler/report/EnergyPage.inc"
};

constexpr StringRef kDataMark = "{{data}}";

/// Writes JSON so that no name in it ends the element of HTML that it is in. In JSON `<`
/// occurs in strings alone.
void writeInElement(StringRef json, llvm::raw_ostream &os) {
  for (char c : json)
    if (c == '<')
      os << "\\u003c";
    else
      os << c;
}

} // namespace

void printReportsAsPage(ArrayRef<EnergyReport> reports, llvm::raw_ostream &os) {
  auto [head, tail] = pages[0].second.split(kDataMark);
  std::string json;
  llvm::raw_string_ostream stream(json);
  printReportsAsJSON(reports, stream);
  os << head;
  writeInElement(json, os);
  os << tail;
}

} // namespace mlir::eke
