//===- Sampler.cpp - Choosing the next token ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Candidates leave a heap heaviest first, only as many as top-k and top-p keep:
// cheaper than sorting a vocabulary, and the order (by weight, then by id) does
// not depend on the algorithm.
//===----------------------------------------------------------------------===//

#include "runtime/programs/Sampler.h"

#include <math.h>

namespace eke::rt {

using Lanes = float __attribute__((vector_size(16)));
constexpr int32_t blockSize = 32;

static Lanes load(const float *numbers) {
  Lanes lanes;
  __builtin_memcpy(&lanes, numbers, sizeof lanes);
  return lanes;
}

static Lanes larger(Lanes a, Lanes b) { return a > b ? a : b; }

/// The largest of `blockSize` numbers, which are 8 vectors.
static float blockMax(const float *numbers) {
  Lanes a = larger(load(numbers), load(numbers + 4));
  Lanes b = larger(load(numbers + 8), load(numbers + 12));
  Lanes c = larger(load(numbers + 16), load(numbers + 20));
  Lanes d = larger(load(numbers + 24), load(numbers + 28));
  Lanes peaks = larger(larger(a, b), larger(c, d));
  float low = peaks[0] > peaks[1] ? peaks[0] : peaks[1];
  float high = peaks[2] > peaks[3] ? peaks[2] : peaks[3];
  return low > high ? low : high;
}

/// Every token compares all logits, so whole blocks are looked at in vectors, and
/// only the first block with the peak one by one.
int32_t argmax(const float *logits, int32_t count) {
  float peak = logits[0];
  int32_t block = 0, begin = 0;
  for (; begin + blockSize <= count; begin += blockSize)
    if (float next = blockMax(logits + begin); next > peak) {
      peak = next;
      block = begin;
    }
  int32_t best = block;
  for (int32_t i = block; i < block + blockSize && i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  for (int32_t i = begin; i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

/// Zero times a number is zero only if that is finite, and NaN else, which every sum
/// keeps.
static Lanes addBlock(Lanes sum, const float *numbers) {
  constexpr Lanes zero = {};
  sum += load(numbers) * zero;
  sum += load(numbers + 4) * zero;
  sum += load(numbers + 8) * zero;
  return sum + load(numbers + 12) * zero;
}

bool areFinite(const float *logits, int64_t count) {
  Lanes a = {}, b = {};
  int64_t i = 0;
  for (; i + blockSize <= count; i += blockSize) {
    a = addBlock(a, logits + i);
    b = addBlock(b, logits + i + blockSize / 2);
  }
  Lanes lanes = a + b;
  float sum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; i < count; ++i)
    sum += logits[i] * 0;
  return sum == 0;
}

float lead(const float *logits, int32_t count) {
  constexpr Lanes none = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
  Lanes first = none, second = none;
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    Lanes next = load(logits + i);
    second = larger(second, next < first ? next : first);
    first = larger(first, next);
  }
  float best = -INFINITY, other = -INFINITY;
  auto add = [&](float next) {
    float low = next < best ? next : best;
    other = low > other ? low : other;
    best = next > best ? next : best;
  };
  for (int lane = 0; lane < 4; ++lane) {
    add(first[lane]);
    add(second[lane]);
  }
  for (; i < count; ++i)
    add(logits[i]);
  return best - other;
}

static bool isHeavier(Candidate a, Candidate b) {
  return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
}

/// Restores the heap below `root`.
static void siftDown(Candidate *heap, int32_t root, int32_t count) {
  Candidate moved = heap[root];
  for (int32_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && isHeavier(heap[child + 1], heap[child]))
      ++child;
    if (!isHeavier(heap[child], moved))
      break;
    heap[root] = heap[child];
  }
  heap[root] = moved;
}

/// Moves the heaviest of `count` candidates behind the others.
static Candidate popHeaviest(Candidate *heap, int32_t count) {
  Candidate top = heap[0];
  heap[0] = heap[count - 1];
  siftDown(heap, 0, count - 1);
  heap[count - 1] = top;
  return top;
}

static double totalWeight(const Candidate *candidates, int32_t count) {
  double total = 0;
  for (int32_t i = 0; i < count; ++i)
    total += candidates[i].weight;
  return total;
}

/// The next number of SplitMix64 (Steele, Lea, Flood 2014), whose state is a
/// counter, as a multiple of 2^-53 in [0, 1).
double Sampler::uniform() {
  uint64_t z = sampling.seed + ++draws * 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return double(z >> 11) * 0x1p-53;
}

void Sampler::begin(const int32_t *prompt, int64_t size) {
  if (!penalties.counts)
    return;
  for (int32_t i = 0; i < vocab; ++i)
    penalties.counts[i] = {0, 0};
  for (int64_t i = 0; i < size; ++i)
    ++penalties.counts[prompt[i]].all;
}

const float *Sampler::penalize(const float *logits) {
  if (!sampling.penalizes())
    return logits;
  for (int32_t i = 0; i < vocab; ++i) {
    TokenCount seen = penalties.counts[i];
    double logit = double(logits[i]);
    if (seen.all > 0)
      logit = logit > 0 ? logit / sampling.repetitionPenalty
                        : logit * sampling.repetitionPenalty;
    if (seen.generated > 0)
      logit -=
          seen.generated * sampling.frequencyPenalty + sampling.presencePenalty;
    penalties.logits[i] = float(logit);
  }
  return penalties.logits;
}

/// Of the candidates from `first` on, the ones that are likely enough; the first of them.
int32_t Sampler::keepLikely(int32_t first, bool isSorted) {
  float least = float(sampling.minP); // the likeliest weighs 1
  if (isSorted) {
    while (candidates[first].weight < least)
      ++first;
    return first;
  }
  int32_t kept = vocab;
  for (int32_t i = vocab; i-- > first;)
    if (candidates[i].weight >= least)
      candidates[--kept] = candidates[i];
  return kept;
}

/// Weighs the tokens that may be drawn; those are the candidates from the index
/// returned on, heaviest last if there are fewer than the vocabulary.
int32_t Sampler::narrow(const float *logits) {
  int32_t best = argmax(logits, vocab);
  for (int32_t i = 0; i < vocab; ++i)
    candidates[i] = {
        expf(float((logits[i] - logits[best]) / sampling.temperature)), i};

  // Kept candidates end up at the back, heaviest last.
  int32_t left = vocab;
  bool hasTopK = sampling.topK > 0 && sampling.topK < vocab;
  bool isSorted = hasTopK || sampling.topP < 1;
  if (isSorted)
    for (int32_t i = vocab / 2; i-- > 0;)
      siftDown(candidates, i, vocab);
  if (hasTopK)
    for (; left > vocab - sampling.topK; --left)
      popHeaviest(candidates, left);
  int32_t first = hasTopK ? left : 0;
  if (sampling.topP < 1) {
    double enough =
        sampling.topP * totalWeight(candidates + first, vocab - first);
    double kept = 0;
    if (hasTopK) {
      for (first = vocab; first > left && kept < enough;)
        kept += candidates[--first].weight;
    } else {
      for (first = vocab; first > 0 && kept < enough; --first)
        kept += popHeaviest(candidates, first).weight;
    }
  }
  return sampling.minP > 0 ? keepLikely(first, isSorted) : first;
}

int32_t Sampler::next(const float *logits) {
  logits = penalize(logits);
  if (isGreedy())
    return argmax(logits, vocab);
  double u = uniform();
  int32_t first = narrow(logits);
  double rest = u * totalWeight(candidates + first, vocab - first);
  for (int32_t i = vocab - 1; i > first; --i) {
    rest -= candidates[i].weight;
    if (rest < 0)
      return candidates[i].id;
  }
  return candidates[first].id;
}

void Sampler::findProbabilities(const float *logits, float *probabilities) {
  int32_t first = narrow(penalize(logits));
  double total = totalWeight(candidates + first, vocab - first);
  for (int32_t i = 0; i < vocab; ++i)
    probabilities[i] = 0;
  for (int32_t i = first; i < vocab; ++i)
    probabilities[candidates[i].id] = float(candidates[i].weight / total);
}

int32_t Sampler::draw(const float *weights) {
  double total = 0;
  for (int32_t i = 0; i < vocab; ++i)
    total += weights[i];
  double rest = uniform() * total;
  int32_t last = 0;
  for (int32_t i = 0; i < vocab; ++i) {
    if (weights[i] <= 0)
      continue;
    last = i;
    rest -= weights[i];
    if (rest < 0)
      break;
  }
  return last;
}

bool Sampler::accept(float *right, const float *drafted, int32_t token,
                     int32_t &next) {
  if (uniform() * drafted[token] < right[token])
    return true;
  for (int32_t i = 0; i < vocab; ++i)
    right[i] = right[i] > drafted[i] ? right[i] - drafted[i] : 0;
  next = draw(right);
  return false;
}

} // namespace eke::rt
