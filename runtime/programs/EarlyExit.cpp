//===- EarlyExit.cpp - Stopping where the model is sure enough ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/EarlyExit.h"

#include <math.h>

namespace eke::rt {

void addExits(JsonObject &json, const ExitCounts &counts,
              const eke_language &language) {
  json.open("early_exit");
  json.integer("early_tokens", counts.early);
  json.integer("full_tokens", counts.full);
  json.real("mean_depth", counts.meanDepth(language));
  json.integer("exit", language.exit);
  json.integer("runs", language.runs);
  json.close();
}

double bestProbability(const float *logits, int32_t count) {
  return exp(-negativeLogLikelihood(logits, count, argmax(logits, count)));
}

const float *EarlyExit::take(int32_t token) {
  session.draft(token);
  const float *logits = session.exitLogits();
  int64_t rows = session.pending();
  bool isSure = bestProbability(logits, session.language().vocab) >= threshold;
  ++(isSure ? counts.early : counts.full);
  if (isSure && rows < session.mostPending())
    return logits;
  session.verify();
  session.keep(rows);
  return isSure ? logits : session.logits(rows - 1);
}

GenerateResult generateEarly(Session &session, const int32_t *prompt,
                             int64_t count, int64_t limit, Sampler &sampler,
                             TokenSink sink, const InstructionCounter &counter,
                             EarlyExit &exit) {
  auto take = [](void *ctx, int32_t token) {
    return static_cast<EarlyExit *>(ctx)->take(token);
  };
  return generate(session, prompt, count, limit, sampler, sink, counter,
                  TokenStep{take, &exit});
}

ScoreResult scoreEarly(Session &session, const int32_t *tokens, int64_t count,
                       int64_t window, EarlyExit &exit, LogitsSink sink) {
  ScoreResult result;
  for (int64_t i = 0; i + 1 < count; ++i) {
    if (i % window == 0)
      session.restart();
    const float *logits = exit.take(tokens[i]);
    result.nats +=
        negativeLogLikelihood(logits, session.language().vocab, tokens[i + 1]);
    if (sink.put)
      sink.put(sink.ctx, logits);
    ++result.tokens;
  }
  return result;
}

} // namespace eke::rt
