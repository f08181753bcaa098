//===- ReadTraceTest.cpp - Phases and calls in a trace --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/ReadTrace.h"
#include "runtime/include/eke/abi.h"

#include <gtest/gtest.h>

using namespace mlir::eke::profile;

namespace {

class ReadTrace : public testing::Test {
protected:
  ReadTrace() {
    program.entries = {{"step", EKE_ROLE_TRUNK, 1, 0x100},
                       {"prompt", EKE_ROLE_TRUNK, 16, 0x200},
                       {"logits", EKE_ROLE_HEAD, 1, 0x300}};
    program.triple = llvm::Triple("aarch64-linux-gnu");
    program.entryPoint = 0x80;
    program.weights = {{0x1000, 0x100, "eke_weights"}};
    program.stateBytes = 0x10;
    program.arenaBytes = 0x20;
  }

  std::string errorOf(llvm::StringRef text) {
    auto trace = readTrace(text, program, sites, caches);
    return trace ? "" : llvm::toString(trace.takeError());
  }

  CompiledProgram program;
  std::vector<CallSite> sites = {{"f.layer.dot", "kernel", 0x110, 0x114}};
  std::vector<CacheLevel> caches = {{"l1d", 0x8000, 64, 4},
                                    {"l2", 0x80000, 32, 0}};
};

TEST_F(ReadTrace, PlanHasRegionsEntriesAndCalls) {
  EXPECT_EQ(writePlan(program, sites), "entry 80\n"
                                       "region 1000 100\n"
                                       "mapping de 10\n"
                                       "mapping de 20\n"
                                       "before 100\n"
                                       "before 200\n"
                                       "before 300\n"
                                       "after 110\n"
                                       "before 114\n");
  std::string plan = writePlan(program, sites, caches);
  EXPECT_TRUE(llvm::StringRef(plan).ends_with("before 114\n"
                                              "cache 8000 40 4\n"
                                              "cache 80000 20 0\n"));
}

TEST_F(ReadTrace, PhasesAreThoseOfEntries) {
  auto trace = readTrace("block 10 8 2 1\n"
                         "before 200\n" // prompt: 16 tokens,
                         "block 200 8 2 1\n"
                         "before 100\n" // and one more
                         "block 100 8 2 2\n"
                         "after 110\n"
                         "block 400 8 2 3\n"
                         "before 114\n"
                         "block 114 4 1 4\n"
                         "before 300\n"
                         "block 300 4 1 5\n"
                         "before 100\n" // the first token
                         "block 100 8 2 6\n"
                         "before 300\n"
                         "block 300 4 1 7\n"
                         "before 100\n" // the last one
                         "block 100 8 2 8\n",
                         program, sites);
  ASSERT_TRUE(static_cast<bool>(trace)) << llvm::toString(trace.takeError());
  using Blocks = std::map<std::pair<uint64_t, uint64_t>, uint64_t>;
  EXPECT_EQ(trace->start.outside.blocks, (Blocks{{{0x10, 2}, 1}}));
  EXPECT_EQ(trace->prefillTokens, 17u);
  EXPECT_EQ(
      trace->prefill.outside.blocks,
      (Blocks{
          {{0x200, 2}, 1}, {{0x100, 2}, 2}, {{0x114, 1}, 4}, {{0x300, 1}, 5}}));
  EXPECT_EQ(trace->prefill.sites[0].blocks, (Blocks{{{0x400, 2}, 3}}));
  EXPECT_EQ(trace->prefill.sites[0].calls, 1u);
  ASSERT_EQ(trace->steps.size(), 1u);
  EXPECT_EQ(trace->steps[0].outside.blocks,
            (Blocks{{{0x100, 2}, 6}, {{0x300, 1}, 7}}));
  EXPECT_EQ(trace->end.outside.blocks, (Blocks{{{0x100, 2}, 8}}));
}

TEST_F(ReadTrace, StepsAreCallsOfAnEntry) {
  auto trace = readTrace("block 10 8 2 1\n"
                         "before 300\n"
                         "block 300 8 2 2\n"
                         "after 110\n"
                         "block 400 8 2 3\n"
                         "before 114\n"
                         "block 114 4 1 4\n"
                         "before 300\n"
                         "block 300 8 2 5\n"
                         "before 300\n" // the last one
                         "block 300 8 2 6\n",
                         program, sites, caches, &program.entries[2]);
  ASSERT_TRUE(static_cast<bool>(trace)) << llvm::toString(trace.takeError());
  using Blocks = std::map<std::pair<uint64_t, uint64_t>, uint64_t>;
  EXPECT_EQ(trace->start.outside.blocks, (Blocks{{{0x10, 2}, 1}}));
  EXPECT_EQ(trace->prefillTokens, 0u);
  ASSERT_EQ(trace->steps.size(), 2u);
  EXPECT_EQ(trace->steps[0].outside.blocks,
            (Blocks{{{0x300, 2}, 2}, {{0x114, 1}, 4}}));
  EXPECT_EQ(trace->steps[0].sites[0].blocks, (Blocks{{{0x400, 2}, 3}}));
  EXPECT_EQ(trace->steps[1].outside.blocks, (Blocks{{{0x300, 2}, 5}}));
  EXPECT_EQ(trace->end.outside.blocks, (Blocks{{{0x300, 2}, 6}}));
}

TEST_F(ReadTrace, AccessesAddUp) {
  auto trace = readTrace(
      "access 10 0 16 0\naccess 10 3 0 8\naccess 10 0 16 4\n", program, sites);
  ASSERT_TRUE(static_cast<bool>(trace)) << llvm::toString(trace.takeError());
  Bytes bytes = {};
  bytes[0] = {32, 4};
  bytes[3] = {0, 8};
  EXPECT_EQ(trace->start.outside.accesses.at(0x10), bytes);
}

TEST_F(ReadTrace, AccessesOnABoardAreThoseOfItsMemories) {
  program.weights.push_back({0x20000, 0x80, "eke_weights.tcm"});
  program.stateAddress = 0x20080;
  program.arenaAddress = 0x30000;
  program.memories = {{0x20000, 0x1000, "tcm"}, {0x30000, 0x1000, "sram"}};
  std::string plan = writePlan(program, sites);
  EXPECT_TRUE(llvm::StringRef(plan).starts_with("entry 80\n"
                                                "region 1000 100\n"
                                                "region 20000 80\n"
                                                "region 20080 10\n"
                                                "region 30000 20\n"
                                                "region 20000 1000\n"
                                                "region 30000 1000\n"
                                                "before"));
  auto trace = readTrace("access 10 0 1 0\n"   // weights in no known memory
                         "access 10 1 2 0\n"   // weights in tcm
                         "access 14 2 4 8\n"   // state
                         "access 14 3 16 32\n" // arena
                         "access 10 4 64 0\n"  // what else is in tcm
                         "access 10 5 0 128\n"
                         "access 10 6 256 0\n", // what is nowhere
                         program, sites);
  ASSERT_TRUE(static_cast<bool>(trace)) << llvm::toString(trace.takeError());
  const TraceSection &start = trace->start;
  EXPECT_EQ(start.memories[0], (Bytes{{{2, 0}, {4, 8}, {0, 0}, {64, 0}}}));
  EXPECT_EQ(start.memories[1], (Bytes{{{0, 0}, {0, 0}, {16, 32}, {0, 128}}}));
  EXPECT_EQ(start.outside.accesses.at(0x10),
            (Bytes{{{3, 0}, {0, 0}, {0, 0}, {320, 128}}}));
}

TEST_F(ReadTrace, LinesOfCachesAreBytesOfTheirPhase) {
  auto trace = readTrace("before 300\n"
                         "cache 0 0 3 0\n"
                         "after 110\n"
                         "cache 0 0 2 1\n"
                         "cache 1 3 0 5\n"
                         "before 300\n"
                         "cache 0 0 7 0\n",
                         program, sites, caches, &program.entries[2]);
  ASSERT_TRUE(static_cast<bool>(trace)) << llvm::toString(trace.takeError());
  std::vector<Bytes> transfers(2);
  EXPECT_EQ(trace->start.transfers, transfers);
  transfers[0][0] = {5 * 64, 64};
  transfers[1][3] = {0, 5 * 32};
  ASSERT_EQ(trace->steps.size(), 1u);
  EXPECT_EQ(trace->steps[0].transfers, transfers);
  EXPECT_EQ(trace->end.transfers[0][0][0], 7u * 64);
}

TEST_F(ReadTrace, BrokenLinesAreShown) {
  for (llvm::StringRef line :
       {"block 10 8 2", "block 10 8 2 x", "access 10 4 1 1", "after 999",
        "cache 2 0 1 1", "cache 0 4 1 1", "cache 0 0 1", "before", "window 10",
        "block zz 8 2 1"})
    EXPECT_EQ(errorOf(line),
              "the counts are broken at '" + line.str() +
                  "', expected a line that the plugin of this version writes");
}

} // namespace
