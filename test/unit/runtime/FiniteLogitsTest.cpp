//===- FiniteLogitsTest.cpp - Models that give no numbers -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/EarlyExit.h"
#include "runtime/programs/Speculation.h"
#include "test/unit/runtime/FakeModel.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace eke::rt;
using namespace eke::test;

namespace {

const Sampling samplings[] = {{0, 0, 1, 0},   {1, 0, 1, 0},
                              {1, 5, 1, 0},   {1, 0, 0.9, 0},
                              {1, 5, 0.9, 0}, {1e-6, 0, 1e-9, 0}};

enum class Way { Plain, Drafting, Exiting, Scoring, ScoringEarly };

void run(Way way, const Sampling &sampling) {
  Session session(way == Way::Plain || way == Way::Scoring ? fakeProgram()
                  : way == Way::Drafting ? fakeDraftProgram()
                                         : fakeThresholdProgram());
  std::vector<Candidate> candidates(fakeVocab);
  Sampler sampler(sampling, candidates.data(), fakeVocab);
  InstructionCounter counter;
  std::vector<int32_t> tokens, prompt = somePrompt(5, 1);
  TokenSink sink = sinkInto(tokens);
  auto size = int64_t(prompt.size());
  SpeculationResult speculation;
  EarlyExit exit(session, 0.5);
  switch (way) {
  case Way::Plain:
    generate(session, prompt.data(), size, 4, sampler, sink, counter);
    return;
  case Way::Drafting:
    speculate(session, prompt.data(), size, 4, sampler, sink, counter, -1,
              DraftMemory(session, sampler), speculation);
    return;
  case Way::Exiting:
    generateEarly(session, prompt.data(), size, 4, sampler, sink, counter,
                  exit);
    return;
  case Way::Scoring:
    score(session, prompt.data(), size, 4);
    return;
  case Way::ScoringEarly:
    scoreEarly(session, prompt.data(), size, 4, exit);
  }
}

TEST(FiniteLogitsDeathTest, AreWhatEverySamplerGets) {
  int32_t token = 0;
  for (Way way : {Way::Plain, Way::Drafting, Way::Exiting, Way::Scoring,
                  Way::ScoringEarly})
    for (const Sampling &sampling : samplings)
      for (float bad : {NAN, INFINITY, -INFINITY}) {
        token = (token + 100) % fakeVocab;
        auto runSo = [&] {
          fakeBadToken = token;
          fakeBadLogit = bad;
          run(way, sampling);
        };
        EXPECT_EXIT(runSo(), ::testing::ExitedWithCode(1),
                    "^[^\n]*error: the model's logits are not finite\n$")
            << int(way) << " " << bad << " " << token;
      }
}

TEST(FiniteLogits, MayBeLarge) {
  for (const Sampling &sampling : samplings)
    for (float large : {3e38f, -3e38f}) {
      fakeBadToken = 100;
      fakeBadLogit = large;
      for (Way way : {Way::Plain, Way::Drafting, Way::Exiting, Way::Scoring})
        run(way, sampling);
      fakeBadToken = -1;
    }
}

} // namespace
