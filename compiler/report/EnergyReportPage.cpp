//===- EnergyReportPage.cpp - An energy report as a page ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/EnergyReport.h"

namespace mlir::eke {
namespace {

/// Texts by name: the page, its style, and the scripts in their order.
constexpr std::pair<StringRef, StringRef> parts[] = {
#include "compiler/report/EnergyPage.inc"
};

constexpr unsigned kFirstScript = 2;

/// Writes JSON so that no name in it ends the element of HTML that it is in. In JSON `<`
/// occurs in strings alone.
void writeInElement(StringRef json, llvm::raw_ostream &os) {
  for (char c : json)
    if (c == '<')
      os << "\\u003c";
    else
      os << c;
}

void writeData(ArrayRef<EnergyReport> reports, llvm::raw_ostream &os) {
  std::string json;
  llvm::raw_string_ostream stream(json);
  printReportsAsJSON(reports, stream);
  writeInElement(json, os);
}

} // namespace

void printReportsAsPage(ArrayRef<EnergyReport> reports, llvm::raw_ostream &os) {
  StringRef rest = parts[0].second;
  auto writeUntil = [&](StringRef mark) {
    auto [text, behind] = rest.split(mark);
    os << text;
    rest = behind;
  };
  writeUntil("{{style}}");
  os << parts[1].second;
  writeUntil("{{data}}");
  writeData(reports, os);
  writeUntil("{{script}}");
  for (auto [name, script] : ArrayRef(parts).drop_front(kFirstScript))
    os << script;
  os << rest;
}

} // namespace mlir::eke
