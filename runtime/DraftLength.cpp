//===- DraftLength.cpp - How many tokens to draft -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs are in runs of a block for one row. A cycle with n drafts runs the blocks
// before the exit n + 1 times, and the others and the head once for n + 1 rows.
//===----------------------------------------------------------------------===//

#include "runtime/DraftLength.h"

namespace eke::rt {

/// How much the last cycle counts in a mean.
constexpr double weight = 1.0 / 16;

DraftLength::DraftLength(const eke_language &language, int64_t fixed)
    : language(language), fixed(fixed), cost(plainCost()), credit(0.25) {
  // A guess: more drafts are right than the exit believes, since it need not be sure
  // to choose the same token. It is the cube root of the middle of a bucket.
  constexpr double guess[buckets] = {0.40, 0.57, 0.68, 0.76,
                                     0.83, 0.88, 0.93, 0.98};
  for (int i = 0; i < buckets; ++i)
    share[i] = guess[i];
}

/// Of two tokens between which the logits leave a lead, the first has a probability
/// p; buckets are eighths of 2 p - 1 = tanh(lead / 2).
int DraftLength::bucketOf(float lead) {
  constexpr float bounds[buckets - 1] = {0.2513f, 0.5108f, 0.7885f, 1.0986f,
                                         1.4663f, 1.9459f, 2.7081f};
  int bucket = 0;
  while (bucket < buckets - 1 && lead >= bounds[bucket])
    ++bucket;
  return bucket;
}

/// What verifying one row more costs.
double DraftLength::rowCost() const {
  return double(language.row) *
         (language.runs - language.exit + double(language.head));
}

double DraftLength::cycleCost() const {
  double looks = double(drafted < language.drafts ? drafted + 1 : drafted);
  return plainCost() + looks * double(language.exit_head) +
         double(drafted) * (language.exit + rowCost());
}

int64_t DraftLength::most() {
  if (isFixed())
    return fixed;
  // Even asking the exit costs its head, so where cycles lose, plain steps follow;
  // texts change, so what did not pay is tried again.
  constexpr int64_t patience = 32;
  bool pays = (tokens + credit) * plainCost() >= cost;
  plainInARow = pays ? 0 : plainInARow + 1;
  if (!pays && plainInARow < patience)
    return 0;
  plainInARow = 0;
  return language.drafts;
}

bool DraftLength::wants(float lead) {
  int next = bucketOf(lead);
  double probability = likely * share[next];
  double more = language.exit + double(language.exit_head) + rowCost();
  // It pays if it gives more per cost than cycles do anyhow, or plain steps.
  double usual = tokens / cost, plain = 1 / plainCost();
  if (probability <= more * (usual > plain ? usual : plain))
    return false;
  likely = probability;
  bucket[drafted++] = next;
  return true;
}

void DraftLength::learn(int64_t accepted, bool rejected) {
  if (isFixed())
    return;
  for (int64_t i = 0; i < accepted; ++i)
    share[bucket[i]] += weight * (1 - share[bucket[i]]);
  if (rejected)
    share[bucket[accepted]] -= weight * share[bucket[accepted]];
  tokens += weight * (double(accepted) + 1 - tokens);
  cost += weight * (cycleCost() - cost);
  credit -= weight * credit;
  drafted = 0;
  likely = 1;
}

} // namespace eke::rt
