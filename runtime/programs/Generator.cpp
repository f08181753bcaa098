//===- Generator.cpp - The way in which a program generates ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Generator.h"

#include <stdio.h>

namespace eke::rt {

static PenaltyMemory reservePenalties(const Sampling &sampling, int32_t vocab) {
  if (!sampling.penalizes())
    return {nullptr, nullptr};
  return {reserveArray<TokenCount>(uint64_t(vocab)),
          reserveArray<float>(uint64_t(vocab))};
}

Generator::Generator(Session &session, const LanguageRequest &request,
                     const InstructionCounter &counter)
    : session(session), request(request), counter(counter),
      sampler(request.sampling,
              reserveArray<Candidate>(uint64_t(session.language().vocab)),
              session.language().vocab,
              reservePenalties(request.sampling, session.language().vocab)),
      exit(session, request.confidence), draftMemory(session, sampler) {}

GenerateResult Generator::run(const int32_t *text, int64_t textSize,
                              int64_t newSize, TokenSink sink) {
  const int32_t *tokens = text + textSize - newSize;
  sampler.begin(text, textSize);
  GenerateResult result;
  if (request.confidence < 1)
    result = generateEarly(session, tokens, newSize, request.tokens, sampler,
                           sink, counter, exit);
  else if (request.drafts != 0)
    result = speculate(session, tokens, newSize, request.tokens, sampler, sink,
                       counter, request.drafts, draftMemory, speculation);
  else
    result = generate(session, tokens, newSize, request.tokens, sampler, sink,
                      counter);
  bool isFirst = total.reason == StopReason::None;
  GenerateResult sum = result;
  if (!isFirst) {
    sum.prefill.add(total.prefill);
    sum.decode.add(total.decode);
    sum.generated += total.generated;
  }
  total = sum;
  return result;
}

static void addSpeculation(JsonObject &json, const SpeculationResult &result,
                           const eke_language &language) {
  json.open("speculation");
  json.integer("drafted_tokens", result.drafted);
  json.integer("accepted_tokens", result.accepted);
  json.real("acceptance_rate",
            double(result.accepted) / double(result.drafted));
  json.integer("verifications", result.verifications);
  json.real("tokens_per_verification",
            1 + double(result.accepted) / double(result.verifications));
  json.integer("plain_steps", result.plainSteps);
  int64_t lengths[EKE_MOST_DRAFTS + 1] = {}, cycles[EKE_MOST_DRAFTS + 1] = {};
  for (int drafts = 0; drafts <= language.drafts; ++drafts)
    for (int accepted = 0; accepted <= drafts; ++accepted) {
      cycles[drafts] += result.cycles[drafts][accepted];
      lengths[accepted] += result.cycles[drafts][accepted];
    }
  json.integers("accepted_lengths", lengths, language.drafts + 1);
  // The same for each number of drafts.
  json.open("accepted_lengths_by_drafts");
  for (int drafts = 0; drafts <= language.drafts; ++drafts) {
    char key[8];
    snprintf(key, sizeof key, "%d", drafts);
    if (cycles[drafts] > 0)
      json.integers(key, result.cycles[drafts], drafts + 1);
  }
  json.close();
  json.close();
}

void Generator::addMembers(JsonObject &json) const {
  if (request.promptCache)
    json.integer("cached_tokens", cached);
  addUsage(json, "prefill", total.prefill);
  addUsage(json, "decode", total.decode);
  json.integer("generated_tokens", total.generated);
  json.text("stop_reason", nameOf(total.reason));
  if (speculation.verifications > 0)
    addSpeculation(json, speculation, session.language());
  if (exit.counts.early + exit.counts.full > 0)
    addExits(json, exit.counts, session.language());
}

} // namespace eke::rt
