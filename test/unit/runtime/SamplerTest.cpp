//===- SamplerTest.cpp - Choosing the next token --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Sampler.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

using namespace eke::rt;

namespace {

constexpr int draws = 40000;

/// Logits that are log(probability) + 3, in no order.
const std::vector<double> probabilities = {0.05, 0.4, 0.02, 0.25, 0.13, 0.15};

std::vector<float> logits() {
  std::vector<float> result;
  for (double p : probabilities)
    result.push_back(float(std::log(p) + 3));
  return result;
}

std::vector<int> sample(const Sampling &sampling) {
  std::vector<float> values = logits();
  std::vector<Candidate> candidates(values.size());
  Sampler sampler(sampling, candidates.data(), int32_t(values.size()));
  std::vector<int> counts(values.size());
  for (int i = 0; i < draws; ++i)
    ++counts[sampler.next(values.data())];
  return counts;
}

/// Expects each count within five standard deviations of its expectation, and
/// exactly none where `weights` has zero.
void expectDistribution(const std::vector<int> &counts,
                        std::vector<double> weights) {
  double total = 0;
  for (double weight : weights)
    total += weight;
  for (size_t i = 0; i < counts.size(); ++i) {
    double p = weights[i] / total;
    EXPECT_NEAR(counts[i], draws * p, 5 * std::sqrt(draws * p * (1 - p)))
        << "token " << i;
  }
}

/// Draws with penalties behind a text; the last tokens of it were generated.
std::vector<int> sampleBehind(const Sampling &sampling,
                              const std::vector<int32_t> &prompt,
                              const std::vector<int32_t> &generated) {
  std::vector<float> values = logits(), room(values.size());
  std::vector<Candidate> candidates(values.size());
  std::vector<TokenCount> seen(values.size());
  Sampler sampler(sampling, candidates.data(), int32_t(values.size()),
                  {seen.data(), room.data()});
  sampler.begin(prompt.data(), int64_t(prompt.size()));
  for (int32_t token : generated)
    sampler.add(token);
  std::vector<int> counts(values.size());
  for (int i = 0; i < draws; ++i)
    ++counts[sampler.next(values.data())];
  return counts;
}

TEST(Sampler, KeepsWhatIsLikelyEnough) {
  // Of 0.4, a quarter is 0.1.
  Sampling sampling;
  sampling.temperature = 1;
  sampling.minP = 0.25;
  expectDistribution(sample(sampling), {0, 0.4, 0, 0.25, 0.13, 0.15});
  sampling.topK = 3;
  expectDistribution(sample(sampling), {0, 0.4, 0, 0.25, 0, 0.15});
  sampling.topK = 0;
  sampling.topP = 0.6; // 0.4 and 0.25, of which one is half as likely
  sampling.minP = 0.9;
  expectDistribution(sample(sampling), {0, 0.4, 0, 0, 0, 0});
  sampling.topP = 1;
  sampling.minP = 1;
  expectDistribution(sample(sampling), {0, 0.4, 0, 0, 0, 0});
}

TEST(Sampler, TakesTheWholeVocabularyIfTopKIsLarger) {
  Sampling sampling;
  sampling.temperature = 1;
  for (int64_t k : {int64_t(6), int64_t(7), INT64_MAX}) {
    sampling.topK = k;
    expectDistribution(sample(sampling), probabilities);
  }
}

TEST(Sampler, PenalizesWhatATextHas) {
  Sampling sampling;
  sampling.temperature = 1;
  sampling.frequencyPenalty = 0.5;
  sampling.presencePenalty = 0.25;
  // Token 1 is only in the prompt; 3 was generated twice, 5 once.
  auto penalized = [](size_t i, int count) {
    return probabilities[i] * std::exp(-0.5 * count - (count ? 0.25 : 0));
  };
  expectDistribution(sampleBehind(sampling, {1, 1, 3}, {3, 5, 3}),
                     {penalized(0, 0), penalized(1, 0), penalized(2, 0),
                      penalized(3, 2), penalized(4, 0), penalized(5, 1)});
  // Logits log(p) + 3: that of 0.02 is negative.
  sampling.frequencyPenalty = sampling.presencePenalty = 0;
  sampling.repetitionPenalty = 2;
  auto repeated = [](size_t i) {
    double logit = std::log(probabilities[i]) + 3;
    return std::exp((logit > 0 ? logit / 2 : logit * 2) - 3);
  };
  expectDistribution(sampleBehind(sampling, {1, 2}, {3}),
                     {probabilities[0], repeated(1), repeated(2), repeated(3),
                      probabilities[4], probabilities[5]});
}

TEST(Sampler, PenalizesWithoutDrawing) {
  Sampling sampling;
  sampling.presencePenalty = 10;
  std::vector<int> counts = sampleBehind(sampling, {}, {1});
  EXPECT_EQ(counts[3], draws); // the likeliest is taken already
  sampling.presencePenalty = 0;
  EXPECT_EQ(sampleBehind(sampling, {}, {1})[1], draws);
}

TEST(Sampler, TakesTokensBack) {
  std::vector<float> values = logits(), room(values.size());
  std::vector<Candidate> candidates(values.size());
  std::vector<TokenCount> seen(values.size());
  Sampling sampling;
  sampling.presencePenalty = 10;
  Sampler sampler(sampling, candidates.data(), int32_t(values.size()),
                  {seen.data(), room.data()});
  sampler.add(1);
  EXPECT_EQ(sampler.next(values.data()), 3);
  sampler.remove(1);
  EXPECT_EQ(sampler.next(values.data()), 1);
  sampler.add(1);
  sampler.begin(nullptr, 0);
  EXPECT_EQ(sampler.next(values.data()), 1);
}

TEST(Argmax, TakesTheFirstMaximum) {
  float values[] = {1, 3, 2, 3};
  EXPECT_EQ(argmax(values, 4), 1);
  EXPECT_EQ(argmax(values, 1), 0);
}

TEST(Argmax, LooksEverywhere) {
  // Around one and two blocks of vectors, the maximum at every place.
  for (int count : {1, 2, 31, 32, 33, 63, 64, 65, 97})
    for (int at = 0; at < count; ++at) {
      std::vector<float> values(size_t(count), -2);
      values[size_t(at)] = -1;
      EXPECT_EQ(argmax(values.data(), count), at) << count;
      // The first of equals, in the same block or in another.
      values[size_t(count) - 1] = -1;
      EXPECT_EQ(argmax(values.data(), count), at) << count;
    }
}

TEST(AreFinite, LooksEverywhere) {
  // Blocks of 32, of which halves add up apart, and a rest.
  for (int64_t count : {1, 2, 31, 32, 33, 64, 95, 257}) {
    std::vector<float> values(count, 3e38f);
    values[count / 2] = -3e38f;
    values[0] = 0;
    EXPECT_TRUE(areFinite(values.data(), count));
    for (int64_t at = 0; at < count; ++at)
      for (float bad : {NAN, INFINITY, -INFINITY}) {
        float before = values[at];
        values[at] = bad;
        EXPECT_FALSE(areFinite(values.data(), count)) << at << " of " << count;
        values[at] = before;
      }
  }
}

TEST(Lead, IsTheDistanceOfTheTwoLargest) {
  for (int count : {2, 3, 4, 5, 8, 11})
    for (int at = 0; at < count; ++at)
      for (int second = 0; second < count; ++second) {
        std::vector<float> values(size_t(count), -8);
        values[size_t(second)] = 1;
        values[size_t(at)] = 3;
        EXPECT_EQ(lead(values.data(), count), second == at ? 11 : 2)
            << at << " and " << second << " of " << count;
      }
  const float equals[] = {1, 5, 0, 2, 5}, lonely[] = {-INFINITY, 5, -INFINITY};
  EXPECT_EQ(lead(equals, 5), 0);
  EXPECT_EQ(lead(lonely, 3), INFINITY);
}

TEST(Sampler, IsGreedyAtTemperatureZero) {
  Sampling sampling;
  sampling.topP = 0.5;
  EXPECT_EQ(sample(sampling)[1], draws);
}

TEST(Sampler, FollowsTheModelAtTemperatureOne) {
  Sampling sampling;
  sampling.temperature = 1;
  expectDistribution(sample(sampling), probabilities);
}

TEST(Sampler, SharpensAtALowTemperature) {
  Sampling sampling;
  sampling.temperature = 0.5;
  std::vector<double> weights;
  for (double p : probabilities)
    weights.push_back(p * p);
  expectDistribution(sample(sampling), weights);
}

TEST(Sampler, KeepsTheTopK) {
  Sampling sampling;
  sampling.temperature = 1;
  sampling.topK = 3;
  expectDistribution(sample(sampling), {0, 0.4, 0, 0.25, 0, 0.15});
  sampling.topK = 1;
  EXPECT_EQ(sample(sampling)[1], draws);
  sampling.topK = 100; // more than there are
  expectDistribution(sample(sampling), probabilities);
}

TEST(Sampler, KeepsTheTopP) {
  Sampling sampling;
  sampling.temperature = 1;
  sampling.topP = 0.7; // 0.4 + 0.25 is less, with 0.15 it is more
  expectDistribution(sample(sampling), {0, 0.4, 0, 0.25, 0, 0.15});
  sampling.topP = 1e-9; // one token always stays
  EXPECT_EQ(sample(sampling)[1], draws);
}

TEST(Sampler, AppliesTopPToWhatTopKLeft) {
  Sampling sampling;
  sampling.temperature = 1;
  sampling.topK = 3;   // 0.4, 0.25, 0.15: of 0.8
  sampling.topP = 0.8; // 0.65 / 0.8 = 0.8125
  expectDistribution(sample(sampling), {0, 0.4, 0, 0.25, 0, 0});
}

TEST(Sampler, RepeatsWithTheSameSeedOnly) {
  Sampling sampling;
  sampling.temperature = 1;
  std::vector<float> values = logits();
  auto sequence = [&](uint64_t seed) {
    sampling.seed = seed;
    std::vector<Candidate> candidates(values.size());
    Sampler sampler(sampling, candidates.data(), int32_t(values.size()));
    std::vector<int32_t> tokens(100);
    for (int32_t &token : tokens)
      token = sampler.next(values.data());
    return tokens;
  };
  EXPECT_EQ(sequence(1), sequence(1));
  EXPECT_NE(sequence(1), sequence(2));
}

TEST(Sampler, OrdersALargeVocabulary) {
  // Distinct weights: top-k of n keeps exactly the n likeliest.
  constexpr int32_t vocab = 5000, kept = 137;
  std::vector<float> values(vocab);
  for (int32_t i = 0; i < vocab; ++i)
    values[i] = float((i * 2579LL) % vocab) / 1000; // a permutation
  std::vector<Candidate> candidates(vocab);
  Sampling sampling;
  sampling.temperature = 1;
  sampling.topK = kept;
  Sampler sampler(sampling, candidates.data(), vocab);
  std::vector<bool> seen(vocab);
  for (int i = 0; i < 5000; ++i)
    seen[sampler.next(values.data())] = true;
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), kept);
  for (int32_t i = 0; i < vocab; ++i)
    EXPECT_EQ(seen[i], (i * 2579LL) % vocab >= vocab - kept) << i;
}

} // namespace
