//===- Speculation.h - A model that drafts for itself -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_SPECULATION_H
#define EKE_RUNTIME_PROGRAMS_SPECULATION_H

#include "runtime/programs/DraftLength.h"
#include "runtime/programs/Session.h"

namespace eke::rt {

/// What came of drafts.
struct SpeculationResult {
  int64_t drafted = 0;  ///< tokens
  int64_t accepted = 0; ///< of these
  int64_t verifications =
      0;                  ///< each gives the accepted ones and one token more
  int64_t plainSteps = 0; ///< tokens for which the exit was not asked
  /// cycles[d][n]: verifications of d drafts that accepted n.
  int64_t cycles[EKE_MOST_DRAFTS + 1][EKE_MOST_DRAFTS + 1] = {};
};

/// What drafting needs besides the session's: reserved before the work begins.
struct DraftMemory {
  DraftMemory(const Session &session, const Sampler &sampler);

  int32_t *tokens;
  /// Probabilities by which each draft was drawn, and those of the whole model; null
  /// without a temperature.
  float *likely = nullptr;
};

/// Like `generate`, with drafts by the blocks before the model's exit that the
/// others verify (Elhoushi et al., arXiv 2404.16710). Without temperature the tokens
/// are those of `generate`; with one they have the same distribution (Leviathan et
/// al., arXiv 2211.17192). `drafts`: so many at once; -1: as many as pay.
GenerateResult speculate(Session &session, const int32_t *prompt, int64_t count,
                         int64_t limit, Sampler &sampler, TokenSink sink,
                         const InstructionCounter &counter, int64_t drafts,
                         const DraftMemory &memory,
                         SpeculationResult &speculation);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_SPECULATION_H
