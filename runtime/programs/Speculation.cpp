//===- Speculation.cpp - A model that drafts for itself -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Speculation.h"

namespace eke::rt {

namespace {

/// Continues a sequence, cycle by cycle.
class Speculator {
public:
  Speculator(Session &session, Sampler &sampler, const TokenSink &sink,
             const DraftMemory &memory)
      : tokens(memory.tokens), session(session), sampler(sampler), sink(sink),
        likely(memory.likely) {}

  /// Drafts after `token`, at most `most` tokens, and verifies: tokens[0] is `token`,
  /// those up to `kept` are accepted drafts, of which the sampler has been told, and what
  /// follows them is returned. Of each of these but the first, `measured` is what the sink
  /// measures.
  int32_t run(int32_t token, int64_t most, DraftLength &length);

  int32_t *tokens;
  int64_t drafted = 0, kept = 0;
  double measured[EKE_MOST_DRAFTS + 2];

private:
  int32_t vocab() const { return session.language().vocab; }
  /// The probabilities by which draft `i` was drawn.
  float *likelyOf(int64_t i) { return likely + i * vocab(); }

  int32_t draft(int64_t i, const float *logits);
  bool accept(int64_t i, const float *logits, int32_t &next);

  Session &session;
  Sampler &sampler;
  const TokenSink &sink;
  float *likely;
};

/// Draft i + 1, which follows token i.
int32_t Speculator::draft(int64_t i, const float *logits) {
  if (sampler.isGreedy())
    return sampler.next(logits);
  sampler.findProbabilities(logits, likelyOf(i));
  return sampler.draw(likelyOf(i));
}

/// Is draft i + 1 what the whole model says too? If not, `next` is what it says
/// instead.
bool Speculator::accept(int64_t i, const float *logits, int32_t &next) {
  if (sampler.isGreedy()) {
    next = sampler.next(logits);
    return next == tokens[i + 1];
  }
  float *right = likely + session.mostPending() * vocab();
  sampler.findProbabilities(logits, right);
  return sampler.accept(right, likelyOf(i), tokens[i + 1], next);
}

int32_t Speculator::run(int32_t token, int64_t most, DraftLength &length) {
  tokens[0] = token;
  session.draft(token);
  for (drafted = 0; drafted < most;) {
    const float *logits = session.exitLogits();
    if (!length.isFixed() && !length.wants(lead(logits, vocab())))
      break;
    token = draft(drafted, logits);
    tokens[++drafted] = token;
    sampler.add(token);
    session.draft(token);
    if (session.isEnd(token))
      break;
  }
  for (int64_t i = drafted; i > 0; --i)
    sampler.remove(tokens[i]);
  session.verify();
  kept = 0;
  Logits logits{nullptr, 0};
  for (int64_t first = 0;; ++kept) {
    if (kept == first + logits.rows) {
      first = kept;
      logits = session.someLogits(first, drafted + 1 - first);
    }
    const float *row = logits.first + (kept - first) * vocab();
    int32_t next;
    if (kept == drafted) {
      next = sampler.next(row);
    } else if (accept(kept, row, next)) {
      sampler.add(tokens[kept + 1]);
      measured[kept + 1] = sink.measure(row, vocab(), tokens[kept + 1]);
      continue;
    }
    measured[kept + 1] = sink.measure(row, vocab(), next);
    session.keep(kept + 1);
    return next;
  }
}

} // namespace

DraftMemory::DraftMemory(const Session &session, const Sampler &sampler)
    : tokens(reserveArray<int32_t>(session.mostPending())) {
  if (!sampler.isGreedy())
    likely = reserveArray<float>((session.mostPending() + 1) *
                                 session.language().vocab);
}

/// The most drafts, up to `wanted`, for which a cycle fits: it gives one token more,
/// and verifies in a number of rows that the model was compiled for.
static int64_t fitDrafts(const Session &session, int64_t wanted, int64_t left) {
  int64_t most = session.mostPending() - 1;
  int64_t drafts = wanted < most ? wanted : most;
  if (drafts > left - 1)
    drafts = left - 1;
  int64_t room = session.language().context - session.length();
  while (drafts > 0 && session.rowsToVerify(drafts + 1) > room)
    --drafts;
  return drafts > 0 ? drafts : 0;
}

GenerateResult speculate(Session &session, const int32_t *prompt, int64_t count,
                         int64_t limit, Sampler &sampler, TokenSink sink,
                         const InstructionCounter &counter, int64_t drafts,
                         const DraftMemory &memory,
                         SpeculationResult &speculation) {
  GenerateResult result;
  const eke_language &language = session.language();
  const float *logits = session.prefill(prompt, count, counter, result.prefill);

  Meter decode(counter);
  const int64_t bytesBefore = session.weightBytes();
  DraftLength length(language, drafts);
  Speculator speculator(session, sampler, sink, memory);
  StopReason &reason = result.reason;
  reason = limit > 0 ? StopReason::None : StopReason::Length;
  auto put = [&](int32_t token, double measured) {
    if (session.isEnd(token)) {
      reason = StopReason::EndToken;
      return;
    }
    reason = sink.put(sink.ctx, token, measured);
    if (++result.generated == limit && reason == StopReason::None)
      reason = StopReason::Length;
  };
  int32_t token = limit > 0 ? sampler.next(logits) : 0;
  double measured = sink.measure(logits, language.vocab, token);
  while (reason == StopReason::None) {
    sampler.add(token);
    put(token, measured);
    if (reason != StopReason::None)
      break;
    if (session.length() == language.context) {
      reason = StopReason::Context;
      break;
    }
    int64_t left = limit - result.generated;
    int64_t next = fitDrafts(session, length.most(), left);
    if (next == 0) {
      session.step(&token, 1);
      logits = session.logits(0);
      token = sampler.next(logits);
      measured = sink.measure(logits, language.vocab, token);
      ++speculation.plainSteps;
      continue;
    }
    token = speculator.run(token, next, length);
    length.learn(speculator.kept, speculator.kept < speculator.drafted);
    speculation.drafted += speculator.drafted;
    speculation.accepted += speculator.kept;
    ++speculation.verifications;
    ++speculation.cycles[speculator.drafted][speculator.kept];
    measured = speculator.measured[speculator.kept + 1];
    for (int64_t i = 1; i <= speculator.kept && reason == StopReason::None; ++i)
      put(speculator.tokens[i], speculator.measured[i]);
  }
  result.decode = decode.stop(result.generated > 0 ? result.generated - 1 : 0);
  result.decode.weightBytes = session.weightBytes() - bytesBefore;
  return result;
}

} // namespace eke::rt
