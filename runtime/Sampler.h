//===- Sampler.h - Choosing the next token ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_SAMPLER_H
#define EKE_RUNTIME_SAMPLER_H

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

/// Draws tokens. Draw n depends on the seed, n and the logits alone.
class Sampler {
public:
  /// `candidates` has room for `vocab` elements.
  Sampler(const Sampling &sampling, Candidate *candidates, int32_t vocab)
      : sampling(sampling), candidates(candidates), vocab(vocab) {}

  int32_t next(const float *logits);

private:
  double uniform();

  Sampling sampling;
  Candidate *candidates;
  int32_t vocab;
  uint64_t draws = 0;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_SAMPLER_H
