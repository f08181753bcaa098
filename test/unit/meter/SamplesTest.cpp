//===- SamplesTest.cpp - From samples to time -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Profile.h"

#include <gtest/gtest.h>

using namespace mlir::eke::profile;

namespace {

SampledPhase makeSampled() {
  SampledPhase sampled;
  sampled.secondsPerStep = 2;
  sampled.samples = 8;
  sampled.places = {{{"f.key.dot", "dot"}, 3},
                    {{"f.value.dot", "dot"}, 1},
                    {{"", "dot"}, 1},
                    {{"", "choose"}, 3}};
  return sampled;
}

TEST(Samples, ShareOfTheTimePerStep) {
  SampledPhase sampled = makeSampled();
  EXPECT_EQ(sampled.getSeconds(4), 1);
  EXPECT_EQ(sampled.getSeconds(8), 2);
  EXPECT_EQ(SampledPhase().getSeconds(0), 0);
}

TEST(Samples, KernelsHaveTheTimeOfTheirPipelines) {
  EXPECT_EQ(makeSampled().getKernelSeconds("dot"), 1);
  EXPECT_EQ(makeSampled().getKernelSeconds("choose"), 0) << "is no kernel";
  EXPECT_EQ(makeSampled().getKernelSeconds("do"), 0);
}

TEST(Samples, RowsGetTheirSamples) {
  Profile profile;
  Row key, value, choose, idle;
  key.pipeline = "f.key.dot", key.symbol = "dot";
  value.pipeline = "f.value.dot", value.symbol = "dot";
  choose.symbol = "choose";
  idle.symbol = "idle";
  profile.repeated.rows = {idle, value, key, choose};
  Samples samples;
  samples.repeated = makeSampled();
  samples.runs = 5;
  samples.threads = 2;
  addSamples(profile, samples);
  const std::vector<Row> &rows = profile.repeated.rows;
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].samples, 0u);
  EXPECT_EQ(rows[1].samples, 1u);
  EXPECT_EQ(rows[2].samples, 3u);
  EXPECT_EQ(rows[3].samples, 3u);
  // A place that was not counted gets a row of its own.
  EXPECT_EQ(rows[4].symbol, "dot");
  EXPECT_EQ(rows[4].pipeline, "");
  EXPECT_EQ(rows[4].samples, 1u);
  EXPECT_TRUE(profile.prefill.rows.empty());
  EXPECT_EQ(profile.sampledRuns, 5u);
  EXPECT_EQ(profile.sampledThreads, 2u);
}

} // namespace
