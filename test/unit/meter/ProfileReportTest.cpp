//===- ProfileReportTest.cpp - The table of a profile ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/ProfileReport.h"

#include "llvm/ADT/SmallVector.h"

#include <gtest/gtest.h>

using namespace mlir::eke::profile;

namespace {

/// The lines of a table whose functions have these symbols.
std::vector<std::string> printSymbols(llvm::ArrayRef<std::string> symbols) {
  Profile profile;
  RunPhase &phase = profile.repeated;
  phase.name = "call";
  phase.steps = 1;
  for (const std::string &symbol : symbols) {
    Row &row = phase.rows.emplace_back();
    row.symbol = symbol;
    row.counts.instructions = 10;
    phase.total.add(row.counts);
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  printTable(profile, phase, os);
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).split(lines, '\n');
  return std::vector<std::string>(lines.begin(), lines.end());
}

bool holds(const std::vector<std::string> &lines, llvm::StringRef text) {
  return llvm::any_of(lines, [&](llvm::StringRef line) {
    return line.contains((text + "  ").str());
  });
}

TEST(ProfileReport, FunctionsGoByTheirNames) {
  auto lines = printSymbols({"_ZN3eke2rt6argmaxEPKfi", "kernel_dot", "_Zx"});
  EXPECT_TRUE(holds(lines, "eke::rt::argmax"));
  EXPECT_TRUE(holds(lines, "kernel_dot"));
  EXPECT_TRUE(holds(lines, "_Zx"));
}

TEST(ProfileReport, OneLongNameDoesNotWidenAllLines) {
  std::string name(300, 'n');
  auto lines = printSymbols({"_Z" + std::to_string(name.size()) + name + "v",
                             std::string(300, 's'), "short"});
  EXPECT_TRUE(holds(lines, name.substr(0, 47) + "…"));
  for (const std::string &line : lines)
    EXPECT_LT(line.size(), 300u) << line;
}

} // namespace
