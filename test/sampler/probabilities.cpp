//===- probabilities.cpp - With which tokens are drawn, for comparisons ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Standard input has requests, all numbers little-endian: doubles with temperature, top-p,
// min-p and the penalties for repetition, frequency and presence; 64-bit integers with
// top-k and the numbers of logits, of tokens of the prompt and of generated ones; and then
// these, as float and as 32-bit integers. The answer to each is a float for each token.
//
//===----------------------------------------------------------------------===//

#include "runtime/programs/Sampler.h"

#include <cstdio>
#include <vector>

using namespace eke::rt;

template <typename T> static bool read(std::vector<T> &values) {
  return fread(values.data(), sizeof(T), values.size(), stdin) == values.size();
}

int main() {
  std::vector<double> reals(6);
  std::vector<int64_t> sizes(4);
  while (read(reals) && read(sizes)) {
    Sampling sampling;
    sampling.temperature = reals[0];
    sampling.topP = reals[1];
    sampling.minP = reals[2];
    sampling.repetitionPenalty = reals[3];
    sampling.frequencyPenalty = reals[4];
    sampling.presencePenalty = reals[5];
    sampling.topK = sizes[0];
    size_t vocab = size_t(sizes[1]);
    std::vector<float> logits(vocab), penalized(vocab), result(vocab);
    std::vector<int32_t> prompt(static_cast<size_t>(sizes[2])),
        generated(static_cast<size_t>(sizes[3]));
    if (!read(logits) || !read(prompt) || !read(generated))
      return 2;
    std::vector<Candidate> candidates(vocab);
    std::vector<TokenCount> counts(vocab);
    Sampler sampler(sampling, candidates.data(), int32_t(vocab),
                    {counts.data(), penalized.data()});
    sampler.begin(prompt.data(), int64_t(prompt.size()));
    for (int32_t token : generated)
      sampler.add(token);
    sampler.findProbabilities(logits.data(), result.data());
    fwrite(result.data(), sizeof(float), vocab, stdout);
  }
}
