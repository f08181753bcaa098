//===- EarlyExit.h - Stopping where the model is sure enough ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_EARLYEXIT_H
#define EKE_RUNTIME_PROGRAMS_EARLYEXIT_H

#include "runtime/programs/Json.h"
#include "runtime/programs/Session.h"

namespace eke::rt {

/// How often a token was taken from the exit, and how often from the whole model.
struct ExitCounts {
  int64_t early = 0, full = 0;

  /// Runs of blocks before a token is known, in the mean.
  double meanDepth(const eke_language &language) const {
    return (double(early) * language.exit + double(full) * language.runs) /
           double(early + full);
  }
};

/// Writes what came of an exit.
void addExits(JsonObject &json, const ExitCounts &counts,
              const eke_language &language);

/// The probability of the likeliest of `count` tokens.
double bestProbability(const float *logits, int32_t count);

/// Takes a sequence token by token, through the blocks behind the exit only where
/// the exit is not sure: where its best token has a probability below `threshold`.
///
/// Later tokens attend to every earlier one in every block. So what was skipped is
/// made up for, from the exit-query cache, before the next token that goes through
/// all blocks: together with it, which reads the weights once for all.
class EarlyExit {
public:
  EarlyExit(Session &session, double threshold)
      : session(session), threshold(threshold) {}

  /// The logits that choose the token after `token`; valid until the next call.
  const float *take(int32_t token);

  ExitCounts counts;

private:
  Session &session;
  double threshold;
};

/// Like `generate`, but tokens may be chosen at the exit.
GenerateResult generateEarly(Session &session, const int32_t *prompt,
                             int64_t count, int64_t limit, Sampler &sampler,
                             TokenSink sink, const InstructionCounter &counter,
                             EarlyExit &exit);

/// Like `score`, by the logits that would choose each token.
ScoreResult scoreEarly(Session &session, const int32_t *tokens, int64_t count,
                       int64_t window, EarlyExit &exit, LogitsSink sink = {});

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_EARLYEXIT_H
