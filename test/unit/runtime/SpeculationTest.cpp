//===- SpeculationTest.cpp - A model that drafts for itself ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Speculation.h"
#include "test/unit/runtime/FakeModel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

using namespace eke::rt;
using namespace eke::test;

namespace {

struct Generated {
  std::vector<int32_t> tokens;
  std::vector<double> measured;
  size_t most = SIZE_MAX; ///< tokens that the sink takes
  GenerateResult result;
  SpeculationResult speculation;
};

/// Continues a prompt, with drafts or, for 0, without.
Generated generate(const std::vector<int32_t> &prompt, int64_t limit,
                   int64_t drafts, const Sampling &sampling = {},
                   size_t most = SIZE_MAX) {
  Generated generated;
  generated.most = most;
  Session session(fakeDraftProgram());
  std::vector<Candidate> candidates(fakeVocab);
  std::vector<TokenCount> seen(fakeVocab);
  std::vector<float> penalized(fakeVocab);
  Sampler sampler(sampling, candidates.data(), fakeVocab,
                  {seen.data(), penalized.data()});
  sampler.begin(prompt.data(), int64_t(prompt.size()));
  InstructionCounter counter;
  auto put = [](void *ctx, int32_t token, double measured) {
    auto &generated = *static_cast<Generated *>(ctx);
    generated.tokens.push_back(token);
    generated.measured.push_back(measured);
    return generated.tokens.size() == generated.most ? StopReason::StopText
                                                     : StopReason::None;
  };
  TokenSink sink = {put, &generated, /*wantsProbabilities=*/true};
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

TEST(Speculation, EndsAsPlainDecodingDoes) {
  std::map<StopReason, int> reasons;
  for (int32_t seed = 0; seed < 300; ++seed)
    for (int64_t drafts : {2, 5, -1}) {
      std::vector<int32_t> prompt = somePrompt(1 + seed % 30, seed);
      int64_t limit = seed % 3 ? 100 : 7;
      size_t most = seed % 2 ? SIZE_MAX : 9;
      Generated plain = generate(prompt, limit, 0, {}, most);
      Generated speculative = generate(prompt, limit, drafts, {}, most);
      ASSERT_EQ(speculative.tokens, plain.tokens) << seed << " " << drafts;
      EXPECT_EQ(speculative.measured, plain.measured);
      EXPECT_EQ(speculative.result.reason, plain.result.reason);
      EXPECT_EQ(speculative.result.generated, plain.result.generated);
      ++reasons[plain.result.reason];
    }
  for (StopReason reason : {StopReason::EndToken, StopReason::StopText,
                            StopReason::Length, StopReason::Context})
    EXPECT_GT(reasons[reason], 0) << nameOf(reason);
}

TEST(Speculation, PenalizesAsPlainDecodingDoes) {
  int others = 0;
  for (int32_t seed = 0; seed < 50; ++seed)
    for (Sampling sampling : {Sampling{0, 0, 1, 0, 0, 1.2, 0, 0},
                              Sampling{0, 0, 1, 0, 0, 1, 0.3, 0.9}})
      for (int64_t drafts : {2, 5, -1}) {
        std::vector<int32_t> prompt = somePrompt(3, seed);
        Generated plain = generate(prompt, 37, 0, sampling);
        EXPECT_EQ(generate(prompt, 37, drafts, sampling).tokens, plain.tokens)
            << seed << " " << drafts;
        others += plain.tokens != generate(prompt, 37, 0).tokens;
      }
  EXPECT_GT(others, 50);
}

TEST(Speculation, MeasuresTokensByTheModel) {
  std::vector<int32_t> sequence = somePrompt(5, 1);
  Generated generated = generate(sequence, 20, 3);
  for (size_t i = 0; i < generated.tokens.size(); ++i) {
    EXPECT_NEAR(generated.measured[i], -fakeNats(sequence, generated.tokens[i]),
                1e-4);
    sequence.push_back(generated.tokens[i]);
  }
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
