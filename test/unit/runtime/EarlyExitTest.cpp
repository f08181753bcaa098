//===- EarlyExitTest.cpp - Stopping where the model is sure enough --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/EarlyExit.h"
#include "test/unit/runtime/FakeModel.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace eke::rt;
using namespace eke::test;

namespace {

/// The best of the fake model's probabilities is nearly one less its ratio.
constexpr double surely = 0.3, never = 0.9, always = 0.01;

struct Generated {
  std::vector<int32_t> tokens;
  GenerateResult result;
  ExitCounts counts;
};

Generated generate(const std::vector<int32_t> &prompt, int64_t limit,
                   double threshold) {
  Generated generated;
  Session session(fakeThresholdProgram());
  std::vector<Candidate> candidates(fakeVocab);
  Sampler sampler(Sampling(), candidates.data(), fakeVocab);
  InstructionCounter counter;
  TokenSink sink = sinkInto(generated.tokens);
  EarlyExit exit(session, threshold);
  generated.result =
      generateEarly(session, prompt.data(), int64_t(prompt.size()), limit,
                    sampler, sink, counter, exit);
  generated.counts = exit.counts;
  return generated;
}

bool stops(const std::vector<int32_t> &sequence, double threshold) {
  return threshold == always ||
         (threshold == surely && isFakeExitSure(sequence));
}

/// What the model's definition says comes after a prompt, which itself goes
/// through all blocks.
std::vector<int32_t> expectedTokens(std::vector<int32_t> sequence,
                                    int64_t limit, double threshold) {
  size_t size = sequence.size();
  while (int64_t(sequence.size() - size) < limit &&
         sequence.size() <= fakeContext) {
    bool isEarly = sequence.size() > size && stops(sequence, threshold);
    int32_t token =
        isEarly ? fakeLikeliestAtExit(sequence) : fakeLikeliest(sequence);
    if (token == fakeEnd)
      break;
    sequence.push_back(token);
  }
  return {sequence.begin() + int64_t(size), sequence.end()};
}

TEST(EarlyExit, ChoosesByTheExitWhereItIsSure) {
  int64_t early = 0, full = 0;
  for (int32_t size : {1, 4, 20, fakeContext - 3, fakeContext})
    for (int32_t seed = 0; seed < 20; ++seed)
      for (int64_t limit : {0, 1, 9, 100})
        for (double threshold : {surely, never, always}) {
          std::vector<int32_t> prompt = somePrompt(size, seed);
          Generated generated = generate(prompt, limit, threshold);
          EXPECT_EQ(generated.tokens, expectedTokens(prompt, limit, threshold))
              << size << " " << seed << " " << limit << " " << threshold;
          if (threshold == surely) {
            early += generated.counts.early;
            full += generated.counts.full;
          }
        }
  EXPECT_GT(early, 100);
  EXPECT_GT(full, 100);
}

TEST(EarlyExit, ScoresByTheLogitsThatWouldChoose) {
  std::vector<int32_t> tokens = somePrompt(50, 3);
  for (int64_t window : {1, 7, fakeContext}) {
    Session session(fakeThresholdProgram());
    EarlyExit exit(session, surely);
    ScoreResult result = scoreEarly(session, tokens.data(),
                                    int64_t(tokens.size()), window, exit);
    double nats = 0;
    int64_t early = 0;
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      auto begin = tokens.begin() + int64_t(i) / window * window;
      std::vector<int32_t> seen(begin, tokens.begin() + int64_t(i) + 1);
      bool isSure = isFakeExitSure(seen);
      early += isSure;
      double ratio = isSure ? fakeSureRatio : fakeRatio;
      int32_t best = isSure ? fakeLikeliestAtExit(seen) : fakeLikeliest(seen);
      int32_t distance = (tokens[i + 1] - best + fakeVocab) % fakeVocab;
      nats += -distance * std::log(ratio) - std::log(1 - ratio) +
              std::log(1 - std::pow(ratio, fakeVocab));
    }
    EXPECT_EQ(result.tokens, int64_t(tokens.size()) - 1);
    EXPECT_NEAR(result.nats, nats, 1e-3 * nats);
    EXPECT_EQ(exit.counts.early, early);
    const eke_language &language = session.language();
    double share = double(early) / double(result.tokens);
    EXPECT_NEAR(exit.counts.meanDepth(language),
                language.runs - share * (language.runs - language.exit), 1e-9);
  }
}

TEST(EarlyExit, BestProbability) {
  const float logits[] = {0, 2, 0};
  EXPECT_NEAR(bestProbability(logits, 3), std::exp(2) / (std::exp(2) + 2),
              1e-9);
}

} // namespace
