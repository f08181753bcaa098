//===- DraftLength.h - How many tokens to draft -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_DRAFTLENGTH_H
#define EKE_RUNTIME_PROGRAMS_DRAFTLENGTH_H

#include "runtime/os/System.h"

namespace eke::rt {

/// Decides, draft by draft, whether one more pays: by how sure the exit is, by which
/// share of drafts of which it was so sure were accepted of late, and by what drafting
/// and verifying cost. (Zhang et al., arXiv 2309.08168, stop drafting likewise, by a
/// threshold.) It looks at no clock: the same text gives the same decisions.
class DraftLength {
public:
  /// `fixed`: always so many; -1: as many as pay, up to the model's own limit.
  DraftLength(const eke_language &language, int64_t fixed);

  bool isFixed() const { return fixed >= 0; }

  /// The most drafts of the next cycle; 0: it shall be a plain step.
  int64_t most();

  /// Does another draft pay in this cycle? `lead` is by how much the exit's largest
  /// logit exceeds the next. If so, it is drafted.
  bool wants(float lead);

  /// Ends a cycle, of whose drafts the first `accepted` were right and then, if
  /// `rejected`, one was wrong.
  void learn(int64_t accepted, bool rejected);

private:
  static constexpr int buckets = 8;
  static int bucketOf(float lead);

  double plainCost() const { return language.runs + double(language.head); }
  double verifyCost(int64_t rows) const;
  double cycleCost() const;

  const eke_language &language;
  int64_t fixed;
  double share[buckets]; ///< of drafts that are accepted, by the exit's lead

  // The cycle that goes on.
  int64_t drafted = 0;
  int bucket[EKE_MOST_DRAFTS] = {};
  double likely = 1; ///< that all its drafts are right

  // Means over the last cycles; at first, drafting is expected to gain somewhat.
  double tokens = 1.25, cost;
  int64_t plainInARow = 0;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_DRAFTLENGTH_H
