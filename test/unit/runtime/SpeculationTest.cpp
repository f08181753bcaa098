//===- SpeculationTest.cpp - A model that drafts for itself ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Speculation.h"
#include "test/unit/runtime/FakeModel.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace eke::rt;
using namespace eke::test;

namespace {

struct Generated {
  std::vector<int32_t> tokens;
  GenerateResult result;
  SpeculationResult speculation;
};

/// Continues a prompt, with drafts or, for 0, without.
Generated generate(const std::vector<int32_t> &prompt, int64_t limit,
                   int64_t drafts, const Sampling &sampling = {}) {
  Generated generated;
  Session session(fakeDraftProgram());
  std::vector<Candidate> candidates(fakeVocab);
  Sampler sampler(sampling, candidates.data(), fakeVocab);
  InstructionCounter counter;
  TokenSink sink = sinkInto(generated.tokens);
  auto size = int64_t(prompt.size());
  generated.result =
      drafts == 0
          ? eke::rt::generate(session, prompt.data(), size, limit, sampler,
                              sink, counter)
          : speculate(session, prompt.data(), size, limit, sampler, sink,
                      counter, drafts, DraftMemory(session, sampler),
                      generated.speculation);
  return generated;
}

TEST(Speculation, GivesTheTokensOfPlainDecoding) {
  int64_t accepted = 0, rejected = 0;
  for (int32_t size :
       {1, 2, 5, 20, fakeContext - 6, fakeContext - 1, fakeContext})
    for (int32_t seed = 0; seed < 20; ++seed)
      for (int64_t limit : {0, 1, 2, 7, 100})
        for (int64_t drafts : {1, 2, 3, 4, fakeDrafts, -1}) {
          std::vector<int32_t> prompt = somePrompt(size, seed);
          Generated plain = generate(prompt, limit, 0);
          Generated speculative = generate(prompt, limit, drafts);
          ASSERT_EQ(speculative.tokens, plain.tokens)
              << size << " " << seed << " " << limit << " " << drafts;
          EXPECT_EQ(speculative.result.generated,
                    int64_t(speculative.tokens.size()));
          const SpeculationResult &result = speculative.speculation;
          EXPECT_LE(result.accepted, result.drafted);
          EXPECT_LE(result.drafted, result.verifications * fakeDrafts);
          accepted += result.accepted;
          rejected += result.drafted - result.accepted;
        }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(rejected, 1000);
}

TEST(Speculation, DraftsWhatWasAskedFor) {
  Generated generated = generate(somePrompt(3, 1), 30, 4);
  const SpeculationResult &result = generated.speculation;
  ASSERT_EQ(generated.tokens.size(), 30u);
  EXPECT_EQ(result.accepted + result.verifications + result.plainSteps, 29);
  EXPECT_GT(result.drafted, 3 * (result.verifications - 2));
}

/// Speculative sampling: whatever is drafted, tokens come as often as the model
/// itself would give them.
TEST(Sampler, AcceptsDraftsWithoutBias) {
  constexpr int vocab = 4, draws = 200000;
  const float drafted[vocab] = {0.7f, 0.1f, 0.2f, 0};
  const float wanted[vocab] = {0.2f, 0.3f, 0.1f, 0.4f};
  Candidate candidates[vocab];
  Sampling sampling;
  sampling.temperature = 1;
  Sampler sampler(sampling, candidates, vocab);
  int counts[vocab] = {}, kept = 0;
  for (int i = 0; i < draws; ++i) {
    int32_t token = sampler.draw(drafted), next = -1;
    float right[vocab];
    std::copy(wanted, wanted + vocab, right);
    bool isKept = sampler.accept(right, drafted, token, next);
    kept += isKept;
    ++counts[isKept ? token : next];
  }
  // Four standard deviations of a count.
  for (int i = 0; i < vocab; ++i) {
    double p = double(wanted[i]);
    EXPECT_NEAR(counts[i], draws * p, 4 * std::sqrt(draws * p * (1 - p))) << i;
  }
  // The share that is kept: the sum of the smaller probabilities.
  EXPECT_NEAR(kept, draws * 0.4, 4 * std::sqrt(draws * 0.24));
}

TEST(Sampler, FindsTheProbabilitiesThatItDrawsBy) {
  const float logits[] = {0, 3, 1, 2};
  Candidate candidates[4];
  Sampling sampling;
  sampling.temperature = 1;
  sampling.topK = 3;
  Sampler sampler(sampling, candidates, 4);
  float probabilities[4];
  sampler.findProbabilities(logits, probabilities);
  EXPECT_EQ(probabilities[0], 0);
  double total = std::exp(3.0) + std::exp(2.0) + std::exp(1.0);
  for (int i = 1; i < 4; ++i)
    EXPECT_NEAR(probabilities[i], std::exp(double(logits[i])) / total, 1e-6);
}

/// Two tokens after a prompt, the second of them drafted or not: each pair as often,
/// by a chi-square test.
TEST(Speculation, SamplesAsPlainDecodingDoes) {
  constexpr int draws = 40000, cells = 16;
  std::vector<double> plain(cells), speculative(cells);
  Sampling sampling;
  sampling.temperature = 0.5;
  sampling.topK = 4;
  std::vector<int32_t> prompt = somePrompt(3, 2);
  int32_t first = fakeLikeliest(prompt);
  auto cellOf = [&](const std::vector<int32_t> &tokens) {
    std::vector<int32_t> sequence = prompt;
    sequence.push_back(tokens[0]);
    int32_t second = fakeLikeliest(sequence);
    return (tokens[0] - first + fakeVocab) % fakeVocab * 4 +
           (tokens[1] - second + fakeVocab) % fakeVocab;
  };
  for (int i = 0; i < draws; ++i) {
    sampling.seed = uint64_t(2 * i);
    ++plain[size_t(cellOf(generate(prompt, 3, 0, sampling).tokens))];
    sampling.seed = uint64_t(2 * i + 1) << 32;
    ++speculative[size_t(cellOf(generate(prompt, 3, 1, sampling).tokens))];
  }
  double chiSquare = 0;
  for (int i = 0; i < cells; ++i) {
    ASSERT_GT(plain[size_t(i)] + speculative[size_t(i)], 10) << i;
    double difference = plain[size_t(i)] - speculative[size_t(i)];
    chiSquare +=
        difference * difference / (plain[size_t(i)] + speculative[size_t(i)]);
  }
  EXPECT_LT(chiSquare, 37.7) << "15 degrees of freedom: one in a thousand";
}

} // namespace
