//===- Sampler.h - Choosing the next token ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_SAMPLER_H
#define EKE_RUNTIME_PROGRAMS_SAMPLER_H

#include <stdint.h>

namespace eke::rt {

/// How to choose. In this order: logits are divided by `temperature`, the
/// `topK` largest are kept (0: all), and of those, as softmax weighs them, the
/// fewest whose probabilities sum up to `topP`.
struct Sampling {
  double temperature = 0; ///< 0: always the first of the largest logits
  int64_t topK = 0;
  double topP = 1;
  uint64_t seed = 0;
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
  /// `candidates` has room for `vocab` elements.
  Sampler(const Sampling &sampling, Candidate *candidates, int32_t vocab)
      : sampling(sampling), candidates(candidates), vocab(vocab) {}

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

  Sampling sampling;
  Candidate *candidates;
  int32_t vocab;
  uint64_t draws = 0;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_SAMPLER_H
