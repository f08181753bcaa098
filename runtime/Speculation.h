//===- Speculation.h - A model that drafts for itself -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_SPECULATION_H
#define EKE_RUNTIME_SPECULATION_H

#include "runtime/Session.h"

namespace eke::rt {

/// What came of drafts.
struct SpeculationResult {
  int64_t drafted = 0;  ///< tokens
  int64_t accepted = 0; ///< of these
  int64_t verifications =
      0;                  ///< each gives the accepted ones and one token more
  int64_t plainSteps = 0; ///< tokens for which nothing was drafted
  /// lengths[n]: verifications that accepted n drafts.
  int64_t lengths[16] = {};
};

/// Decides how many tokens to draft, by the share of drafts that were accepted of
/// late and by what drafting and verifying cost. It looks at no clock: the same
/// text gives the same decisions.
class DraftCount {
public:
  /// `fixed`: always so many; -1: as many as pay, up to the model's own limit.
  DraftCount(const eke_language &language, int64_t fixed)
      : language(language), fixed(fixed) {}

  /// How many to draft next, 0 … drafts.
  int64_t next();

  /// Takes note that, of drafts that were compared, `accepted` were right and then,
  /// if `rejected`, one was wrong.
  void learn(int64_t accepted, bool rejected);

private:
  double gain(int64_t drafts) const;

  const eke_language &language;
  int64_t fixed;
  double acceptance = 0.75; ///< of a draft; at first a guess
  int64_t plainInARow = 0;
};

/// Like `generate`, with drafts by the blocks before the model's exit that the
/// others verify (Elhoushi et al., arXiv 2404.16710). Without temperature the tokens
/// are those of `generate`; with one they have the same distribution (Leviathan et
/// al., arXiv 2211.17192).
GenerateResult speculate(Session &session, const int32_t *prompt, int64_t count,
                         int64_t limit, Sampler &sampler, TokenSink sink,
                         const InstructionCounter &counter, int64_t drafts,
                         SpeculationResult &speculation);

} // namespace eke::rt

#endif // EKE_RUNTIME_SPECULATION_H
