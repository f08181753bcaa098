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

TEST(ProfileReport, MemoriesHaveWhatTheCacheBeforeMoves) {
  Profile profile;
  profile.caches = {
      "board", {{"l1d", 1024, 64, 4}, {"l2", 4096, 64, 0}}, "dram"};
  RunPhase &phase = profile.repeated;
  phase.name = "decode";
  phase.steps = 2;
  phase.total.bytes[0] = {2000, 0};
  phase.total.bytes[2] = {400, 100};
  phase.transfers.resize(2);
  phase.transfers[0][0] = {1920, 0};
  phase.transfers[0][2] = {128, 64};
  phase.transfers[1][0] = {1280, 0};
  std::string text;
  llvm::raw_string_ostream os(text);
  printTable(profile, phase, os);
  EXPECT_TRUE(llvm::StringRef(text).contains(
      "memories of board, per token; bytes are read+written, the caches "
      "simulated: l1d of 1024 bytes, 4 ways, lines of 64; l2 of 4096 bytes, "
      "any "
      "place, lines of 64\n"
      "memory  weights  state   arena  other    total\n"
      "l1d      1000+0    0+0  200+50    0+0  1200+50\n"
      "l2        960+0    0+0   64+32    0+0  1024+32\n"
      "dram      640+0    0+0     0+0    0+0    640+0\n"))
      << text;
}

TEST(ProfileReport, MemoriesOfABoardHaveWhatLiesThere) {
  Profile profile;
  profile.target = "board";
  profile.entry = "main/1";
  profile.memories = {"tcm", "flash"};
  RunPhase &phase = profile.repeated;
  phase.name = "call";
  phase.steps = 2;
  phase.memories.resize(2);
  phase.memories[0][1] = {8, 4};
  phase.memories[1][0] = {2000, 0};
  phase.memories[1][3] = {6, 0};
  std::string text;
  llvm::raw_string_ostream os(text);
  printTable(profile, phase, os);
  EXPECT_TRUE(llvm::StringRef(text).contains(
      "memories of board, per call; bytes are read+written\n"
      "memory  weights  state  arena  other   total\n"
      "tcm         0+0    4+2    0+0    0+0     4+2\n"
      "flash    1000+0    0+0    0+0    3+0  1003+0\n"))
      << text;
}

} // namespace
