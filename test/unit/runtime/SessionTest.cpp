//===- SessionTest.cpp - Generating and scoring ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "test/unit/runtime/FakeModel.h"

#include <gtest/gtest.h>

using namespace eke::rt;
using namespace eke::test;

namespace {

/// Tokens that are not the model's own choice.
std::vector<int32_t> someTokens(int64_t count) {
  std::vector<int32_t> tokens = {fakeEnd};
  while (int64_t(tokens.size()) < count)
    tokens.push_back(int32_t(tokens.size() * 37 % 256));
  return tokens;
}

struct Generated {
  std::vector<int32_t> tokens;
  GenerateResult result;
};

Generated generateGreedily(const std::vector<int32_t> &prompt, int64_t limit) {
  Generated generated;
  Session session(fakeProgram());
  std::vector<Candidate> candidates(fakeVocab);
  Sampler sampler(Sampling(), candidates.data(), fakeVocab);
  InstructionCounter counter;
  TokenSink sink = sinkInto(generated.tokens);
  generated.result = generate(session, prompt.data(), int64_t(prompt.size()),
                              limit, sampler, sink, counter);
  return generated;
}

/// What the model's definition says comes after `prompt`.
std::vector<int32_t> expectedTokens(std::vector<int32_t> sequence,
                                    int64_t limit) {
  size_t size = sequence.size();
  while (int64_t(sequence.size() - size) < limit &&
         sequence.size() <= fakeContext) {
    int32_t token = fakeLikeliest(sequence);
    if (token == fakeEnd)
      break;
    sequence.push_back(token);
  }
  return {sequence.begin() + int64_t(size), sequence.end()};
}

TEST(Generate, ContinuesPromptsOfAnyLength) {
  for (int64_t size = 1; size <= fakeContext; ++size) {
    std::vector<int32_t> prompt = someTokens(size);
    fakeSingleCalls = fakeSmallCalls = fakeChunkCalls = 0;
    Generated generated = generateGreedily(prompt, 5);
    EXPECT_EQ(generated.tokens, expectedTokens(prompt, 5)) << size;
    EXPECT_EQ(fakeChunkCalls, size / fakeChunk) << size;
    int64_t rest = size % fakeChunk;
    EXPECT_EQ(fakeSmallCalls, rest / fakeSmall) << size;
    EXPECT_EQ(fakeSingleCalls,
              rest % fakeSmall + generated.result.decode.tokens)
        << size;
    EXPECT_EQ(generated.result.prefill.tokens, size);
    EXPECT_EQ(generated.result.generated, int64_t(generated.tokens.size()));
  }
}

TEST(Generate, StopsWhenTheContextIsFull) {
  // The last position's logits still give a token.
  std::vector<int32_t> prompt = someTokens(fakeContext - 3);
  ASSERT_EQ(expectedTokens(prompt, 100).size(), 4u) << "the prompt ends early";
  EXPECT_EQ(generateGreedily(prompt, 100).tokens, expectedTokens(prompt, 100));
  EXPECT_EQ(generateGreedily(someTokens(fakeContext), 100).tokens.size(), 1u);
}

TEST(Generate, StopsBeforeTheEnd) {
  // Looks for a prompt whose continuation is <|end|> at once.
  std::vector<int32_t> prompt = {fakeEnd, 0};
  while (fakeLikeliest(prompt) != fakeEnd)
    ++prompt[1];
  ASSERT_LT(prompt[1], fakeEnd);
  Generated generated = generateGreedily(prompt, 10);
  EXPECT_TRUE(generated.tokens.empty());
  EXPECT_EQ(generated.result.generated, 0);
}

TEST(Generate, GivesNothingWithLimitZero) {
  fakeSingleCalls = fakeSmallCalls = fakeChunkCalls = 0;
  EXPECT_TRUE(generateGreedily(someTokens(11), 0).tokens.empty());
  EXPECT_EQ(fakeChunkCalls, 1);
  EXPECT_EQ(fakeSmallCalls, 1);
  EXPECT_EQ(fakeSingleCalls, 1);
}

TEST(Score, TakesLogitsOfSeveralRowsAtOnce) {
  std::vector<int32_t> tokens = someTokens(1 + fakeChunk + fakeSmall + 2);
  Session session(fakeProgram());
  fakeSingleHeads = fakeSmallHeads = 0;
  score(session, tokens.data(), int64_t(tokens.size()), fakeContext);
  EXPECT_EQ(fakeSmallHeads, fakeChunk / fakeSmall + 1);
  EXPECT_EQ(fakeSingleHeads, fakeChunk % fakeSmall + 2);
}

TEST(Score, FollowsTheProtocol) {
  for (int64_t window : {1, 2, 7, 8, 16, fakeContext})
    for (int64_t count : {2, 3, 8, 9, 17, 81, 100}) {
      std::vector<int32_t> tokens = someTokens(count);
      double nats = 0;
      for (int64_t i = 0; i + 1 < count; ++i) {
        int64_t begin = i / window * window;
        nats += fakeNats({tokens.begin() + begin, tokens.begin() + i + 1},
                         tokens[size_t(i) + 1]);
      }
      Session session(fakeProgram());
      ScoreResult result = score(session, tokens.data(), count, window);
      EXPECT_EQ(result.tokens, count - 1);
      // Logits are floats of at most 128 in magnitude: each is off by at most
      // 2^-18, and so is the logarithm of the sum of their exponentials.
      EXPECT_NEAR(result.nats, nats, double(count) * 0x1p-17)
          << window << " " << count;
    }
}

TEST(NegativeLogLikelihood, SurvivesLargeLogits) {
  const double log2 = 0.69314718055994530942;
  float huge[] = {1e30f, 1e30f, -1e30f};
  EXPECT_DOUBLE_EQ(negativeLogLikelihood(huge, 3, 1), log2);
  float large[] = {500, 500, -500};
  EXPECT_DOUBLE_EQ(negativeLogLikelihood(large, 3, 0), log2);
  EXPECT_DOUBLE_EQ(negativeLogLikelihood(large, 3, 2), 1000 + log2);
}

} // namespace
