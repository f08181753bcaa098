//===- DraftLength.cpp - How many tokens to draft -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs are in runs of a block for one row. A cycle with n drafts runs the blocks
// before the exit n + 1 times, and the others and the head once for n + 1 rows.
//===----------------------------------------------------------------------===//

#include "runtime/programs/DraftLength.h"

namespace eke::rt {

/// How much the last cycle counts in a mean.
constexpr double weight = 1.0 / 16;

DraftLength::DraftLength(const eke_language &language, int64_t fixed)
    : language(language), fixed(fixed), cost(plainCost()) {
  // A guess: more drafts are right than the exit believes, since it need not be sure
  // to choose the same token. It is near what an exit showed that was trained to draft
  // (examples/pydoc-lm-exit): 0.40, 0.45, 0.60, 0.66, 0.80, 0.82, 0.88, 0.99.
  constexpr double guess[buckets] = {0.38, 0.48, 0.58, 0.67,
                                     0.77, 0.84, 0.90, 0.98};
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

/// What the blocks behind the exit and the head cost for so many rows.
double DraftLength::verifyCost(int64_t rows) const {
  return double(language.rows[rows - 1]) *
         (language.runs - language.exit + double(language.head));
}

double DraftLength::cycleCost() const {
  double looks = double(drafted < language.drafts ? drafted + 1 : drafted);
  return looks * double(language.exit_head) +
         double(drafted + 1) * language.exit + verifyCost(drafted + 1);
}

int64_t DraftLength::most() {
  if (isFixed())
    return fixed;
  // Even asking the exit costs its head, so where cycles lose, plain steps follow;
  // texts change, so what did not pay is tried again, for some hundredth of the time.
  constexpr double part = 0.01;
  bool pays = tokens * plainCost() >= cost;
  plainInARow = pays ? 0 : plainInARow + 1;
  if (!pays &&
      double(plainInARow) * part * plainCost() < double(language.exit_head))
    return 0;
  plainInARow = 0;
  return language.drafts;
}

bool DraftLength::wants(float lead) {
  int next = bucketOf(lead);
  double probability = likely * share[next];
  double more = language.exit + double(language.exit_head) +
                verifyCost(drafted + 2) - verifyCost(drafted + 1);
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
  drafted = 0;
  likely = 1;
}

} // namespace eke::rt
