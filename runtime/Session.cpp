//===- Session.cpp - Running, generating, scoring -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"

#include <math.h>
#include <string.h>

namespace eke::rt {

static const eke_entry *needEntry(const eke_model &model, const char *name,
                                  int64_t rows) {
  const eke_entry *entry = eke_find_entry(&model, name, rows);
  if (!entry)
    fail("the model has no entry '%s' with %lld rows", name, (long long)rows);
  return entry;
}

Session::Session(const Program &program)
    : program(program), head(needEntry(program.model, "head", 1)) {
  findTrunks();
  int64_t rows = trunks[0]->rows;
  position = reserveArray<int64_t>(1);
  inputs = reserveArray<int32_t>(rows);
  hidden = reserveArray<float>(rows * language().width);
  logitRow = reserveArray<float>(language().vocab);
}

void Session::findTrunks() {
  const eke_model &model = program.model;
  needEntry(model, "trunk", 1);
  for (int32_t i = 0; i < model.entry_count; ++i) {
    const eke_entry &entry = model.entries[i];
    if (strcmp(entry.name, "trunk") != 0)
      continue;
    if (trunkCount == maxTrunks)
      fail("the model has more than %d entries 'trunk'", maxTrunks);
    int at = trunkCount++;
    for (; at > 0 && trunks[at - 1]->rows < entry.rows; --at)
      trunks[at] = trunks[at - 1];
    trunks[at] = &entry;
  }
}

void Session::run(const eke_entry &trunk, const int32_t *tokens) {
  for (int64_t i = 0; i < trunk.rows; ++i)
    inputs[i] = tokens[i];
  void *args[] = {inputs, position, hidden};
  trunk.call(args, program.state, program.arena);
  *position += trunk.rows;
}

int64_t Session::step(const int32_t *tokens, int64_t count) {
  int widest = 0;
  while (trunks[widest]->rows > count)
    ++widest;
  run(*trunks[widest], tokens);
  return trunks[widest]->rows;
}

const float *Session::logits(int64_t row) {
  void *args[] = {hidden + row * language().width, logitRow};
  head->call(args, program.state, program.arena);
  return logitRow;
}

GenerateResult generate(Session &session, const int32_t *prompt, int64_t count,
                        int64_t limit, Sampler &sampler, TokenSink sink,
                        const InstructionCounter &counter) {
  GenerateResult result;
  const eke_language &language = session.language();
  Meter prefill(counter);
  int64_t rows = 0;
  for (int64_t done = 0; done < count; done += rows)
    rows = session.step(prompt + done, count - done);
  const float *logits = session.logits(rows - 1);
  result.prefill = prefill.stop(count);

  Meter decode(counter);
  int64_t steps = 0;
  while (result.generated < limit) {
    int32_t token = sampler.next(logits);
    if (token == language.eos)
      break;
    sink.put(sink.ctx, token);
    if (++result.generated == limit || session.length() == language.context)
      break;
    session.step(&token, 1);
    logits = session.logits(0);
    ++steps;
  }
  result.decode = decode.stop(steps);
  return result;
}

double negativeLogLikelihood(const float *logits, int32_t count,
                             int32_t target) {
  double largest = logits[argmax(logits, count)];
  double sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += exp(double(logits[i]) - largest);
  return log(sum) - (double(logits[target]) - largest);
}

ScoreResult score(Session &session, const int32_t *tokens, int64_t count,
                  int64_t window) {
  ScoreResult result;
  for (int64_t begin = 0; begin + 1 < count; begin += window) {
    int64_t end = begin + window < count - 1 ? begin + window : count - 1;
    session.restart();
    for (int64_t at = begin; at < end;) {
      int64_t rows = session.step(tokens + at, end - at);
      for (int64_t row = 0; row < rows; ++row)
        result.nats +=
            negativeLogLikelihood(session.logits(row), session.language().vocab,
                                  tokens[at + row + 1]);
      at += rows;
    }
    result.tokens += end - begin;
  }
  return result;
}

} // namespace eke::rt
