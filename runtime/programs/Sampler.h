//===- Sampler.h - Choosing the next token ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_SAMPLER_H
#define EKE_RUNTIME_PROGRAMS_SAMPLER_H

#include <stdint.h>

namespace eke::rt {

/// How to choose. In this order: tokens that the text has are penalized, logits are
/// divided by `temperature`, the `topK` largest are kept (0: all), of those, as softmax
/// weighs them, the fewest whose probabilities sum up to `topP`, and of those the ones
/// that are at least `minP` times as likely as the likeliest (Nguyen et al., arXiv
/// 2407.01082).
///
/// The logit x of a token that the prompt or the text has becomes x / repetitionPenalty
/// if it is positive, else x * repetitionPenalty (Keskar et al., arXiv 1909.05858). That
/// of a token that was generated n > 0 times becomes
/// x - n * frequencyPenalty - presencePenalty (as OpenAI's API has them).
struct Sampling {
  double temperature = 0; ///< 0: always the first of the largest logits
  int64_t topK = 0;
  double topP = 1, minP = 0;
  uint64_t seed = 0;
  double repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0;

  bool penalizes() const {
    return repetitionPenalty != 1 || frequencyPenalty != 0 ||
           presencePenalty != 0;
  }
};

/// How often a text has a token, the prompt included, and how often it was generated.
struct TokenCount {
  int32_t all, generated;
};

/// What penalties need, one element for each token; zeros at start.
struct PenaltyMemory {
  TokenCount *counts;
  float *logits;
};

/// A token and its weight, exp((logit - largest) / temperature).
struct Candidate {
  float weight;
  int32_t id;
};

/// The index of the first largest of `count` > 0 values.
int32_t argmax(const float *logits, int32_t count);

/// Whether none of `count` values is infinite or NaN.
bool areFinite(const float *logits, int64_t count);

/// By how much the largest of `count` > 0 values exceeds the next; 0 if it is there
/// twice, infinite if nothing else is finite.
float lead(const float *logits, int32_t count);

/// Draws tokens. Draw n depends on the seed, n and the logits alone.
class Sampler {
public:
  /// `candidates` has room for `vocab` elements; `penalties` is there if there are some.
  Sampler(const Sampling &sampling, Candidate *candidates, int32_t vocab,
          PenaltyMemory penalties = {nullptr, nullptr})
      : sampling(sampling), candidates(candidates), vocab(vocab),
        penalties(penalties) {}

  /// Begins a text behind these tokens.
  void begin(const int32_t *prompt, int64_t count);
  /// The text goes on by this token; or the last one, which was added, is taken back.
  void add(int32_t token) { count(token, 1); }
  void remove(int32_t token) { count(token, -1); }

  int32_t next(const float *logits);

  bool isGreedy() const { return sampling.temperature == 0; }

  /// The probabilities with which `next` would draw; with a temperature only.
  void findProbabilities(const float *logits, float *probabilities);
  /// Draws by probabilities, which need not add up to 1.
  int32_t draw(const float *weights);
  /// Speculative sampling (Leviathan et al., arXiv 2211.17192): keeps a `token`
  /// drawn from `drafted` with the probability min(1, right / drafted), and else
  /// draws `next` from max(0, right - drafted), which `right` becomes. Then what
  /// was kept or drawn is distributed as `right` says.
  bool accept(float *right, const float *drafted, int32_t token, int32_t &next);

private:
  double uniform();
  int32_t narrow(const float *logits);
  int32_t keepLikely(int32_t first, bool isSorted);
  const float *penalize(const float *logits);
  void count(int32_t token, int32_t change) {
    if (!penalties.counts)
      return;
    penalties.counts[token].all += change;
    penalties.counts[token].generated += change;
  }

  Sampling sampling;
  Candidate *candidates;
  int32_t vocab;
  PenaltyMemory penalties;
  uint64_t draws = 0;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_SAMPLER_H
