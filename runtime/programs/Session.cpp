//===- Session.cpp - Running, generating, scoring -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Session.h"

#include <math.h>
#include <string.h>

namespace eke::rt {

Program Program::reserve(const eke_model &model) {
  // Without a system, both are linked.
  auto take = [](uint8_t *linked, uint64_t bytes) {
    return linked ? linked : static_cast<uint8_t *>(rt::reserve(bytes));
  };
  Program program = {model, take(model.state, model.state_bytes),
                     take(model.arena, model.arena_bytes)};
  // What starts from zeros is there.
  for (int32_t i = 0; i < model.state_count; ++i)
    if (model.states[i].initial) {
      eke_reset(&model, program.state);
      break;
    }
  return program;
}

Widths::Widths(const eke_model &model, const char *role, int64_t fewest)
    : entries(reserveArray<const eke_entry *>(uint64_t(model.entry_count))) {
  for (int32_t i = 0; i < model.entry_count; ++i) {
    const eke_entry &entry = model.entries[i];
    if (strcmp(entry.role, role) != 0)
      continue;
    int at = size++;
    for (; at > 0 && entries[at - 1]->rows < entry.rows; --at)
      entries[at] = entries[at - 1];
    entries[at] = &entry;
  }
  if (size == 0 || entries[size - 1]->rows != fewest)
    fail("the model has no entry of role '%s' for %lld rows", role,
         (long long)fewest);
}

const eke_entry &Widths::upTo(int64_t count) const {
  int widest = 0;
  while (entries[widest]->rows > count)
    ++widest;
  return *entries[widest];
}

const eke_entry &Widths::atLeast(int64_t count) const {
  int fitting = 0;
  while (fitting + 1 < size && entries[fitting + 1]->rows >= count)
    ++fitting;
  return *entries[fitting];
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

Session::Session(const Program &program)
    : program(program), trunks(program.model, EKE_ROLE_TRUNK),
      heads(program.model, EKE_ROLE_HEAD) {
  if (language().exit > 0) {
    drafter = &Widths(program.model, EKE_ROLE_DRAFT).upTo(1);
    exitHead = eke_find_role(&program.model, EKE_ROLE_EXIT_HEAD, 1);
    if (!exitHead)
      exitHead = &heads.upTo(1);
    const eke_tensor &exitLogits = exitHead->args[exitHead->arg_count - 1];
    exitVocab = exitLogits.shape[exitLogits.rank - 1];
    exitRow = reserveArray<float>(language().vocab);
    for (int32_t i = 0; i < language().vocab; ++i)
      exitRow[i] = -INFINITY;
    verifiers = Widths(program.model, EKE_ROLE_VERIFY);
  }
  position = reserveArray<int64_t>(1);
  inputs = reserveArray<int32_t>(trunks.mostRows());
  // A verify or a head for more rows than there are reads and writes beyond them.
  int64_t rows = larger(trunks.mostRows(), 2 * verifiers.mostRows()) +
                 (drafter ? heads.mostRows() : 0);
  hidden = reserveArray<float>(rows * language().width);
  queries = reserveArray<float>(2 * verifiers.mostRows() * language().width);
  // Embeddings as well, which may have more numbers than a small vocabulary.
  logitRows = reserveArray<float>(
      larger(heads.mostRows() * language().vocab, language().width));
}

void Session::call(const eke_entry &entry, void **args) {
  entry.call(args, program.state, program.arena);
  bytesRead += int64_t(entry.weight_bytes);
}

int64_t Session::step(const int32_t *tokens, int64_t count) {
  const eke_entry &trunk = trunks.upTo(count);
  for (int64_t i = 0; i < trunk.rows; ++i)
    inputs[i] = tokens[i];
  void *args[] = {inputs, position, hidden};
  call(trunk, args);
  *position += trunk.rows;
  return trunk.rows;
}

static void checkFinite(const char *what, const float *numbers, int64_t count) {
  if (!areFinite(numbers, count))
    failToRun("the model's %s not finite", what);
}

static void checkLogits(const float *logits, int64_t count) {
  checkFinite("logits are", logits, count);
}

Logits Session::logits(int64_t row, int64_t count) {
  const eke_entry &head = heads.upTo(count);
  void *args[] = {hidden + row * language().width, logitRows};
  call(head, args);
  checkLogits(logitRows, head.rows * language().vocab);
  return {logitRows, head.rows};
}

Logits Session::someLogits(int64_t row, int64_t count) {
  const eke_entry &head = heads.atLeast(count);
  void *args[] = {hidden + row * language().width, logitRows};
  call(head, args);
  int64_t rows = head.rows < count ? head.rows : count;
  checkLogits(logitRows, rows * language().vocab);
  return {logitRows, rows};
}

const float *Session::prefill(const int32_t *tokens, int64_t count,
                              const InstructionCounter &counter, Usage &usage) {
  Meter meter(counter);
  const int64_t before = bytesRead;
  int64_t rows = 0;
  for (int64_t done = 0; done < count; done += rows)
    rows = step(tokens + done, count - done);
  const float *result = logits(rows - 1);
  usage = meter.stop(count);
  usage.weightBytes = bytesRead - before;
  return result;
}

const float *Session::embed(const int32_t *tokens, int64_t count) {
  int64_t rows = 0;
  for (int64_t done = 0; done < count; done += rows)
    rows = step(tokens + done, count - done);
  const eke_entry *entry = eke_find_role(&program.model, EKE_ROLE_EMBED, 1);
  void *args[] = {hidden + (rows - 1) * language().width, logitRows};
  call(*entry, args);
  checkFinite("embedding is", logitRows, language().width);
  return logitRows;
}

void Session::draft(int32_t token) {
  int64_t at = *position + waiting;
  void *args[] = {&token, &at, queries + waiting * language().width};
  call(*drafter, args);
  ++waiting;
}

const float *Session::exitLogits() {
  void *args[] = {queries + (waiting - 1) * language().width, exitRow};
  call(*exitHead, args);
  checkLogits(exitRow, exitVocab);
  return exitRow;
}

int64_t Session::rowsToVerify(int64_t count) const {
  return verifiers.atLeast(count).rows;
}

void Session::verify() {
  int32_t width = language().width;
  for (int64_t done = 0; done < waiting;) {
    // Rows too many are of no use and do no harm, as long as they have a position.
    const eke_entry *entry = &verifiers.atLeast(waiting - done);
    int64_t at = *position + done;
    if (at + entry->rows > language().context)
      entry = &verifiers.upTo(waiting - done);
    void *args[] = {queries + done * width, &at, hidden + done * width};
    call(*entry, args);
    done += entry->rows;
  }
}

void Session::keep(int64_t rows) {
  *position += rows;
  waiting = 0;
}

GenerateResult generate(Session &session, const int32_t *prompt, int64_t count,
                        int64_t limit, Sampler &sampler, TokenSink sink,
                        const InstructionCounter &counter) {
  auto take = [](void *ctx, int32_t token) {
    auto &session = *static_cast<Session *>(ctx);
    session.step(&token, 1);
    return session.logits(0);
  };
  return generate(session, prompt, count, limit, sampler, sink, counter,
                  TokenStep{take, &session});
}

GenerateResult generate(Session &session, const int32_t *prompt, int64_t count,
                        int64_t limit, Sampler &sampler, TokenSink sink,
                        const InstructionCounter &counter, TokenStep step) {
  GenerateResult result;
  const eke_language &language = session.language();
  const float *logits = session.prefill(prompt, count, counter, result.prefill);

  Meter decode(counter);
  const int64_t bytesBefore = session.weightBytes();
  int64_t steps = 0;
  result.reason = limit > 0 ? StopReason::None : StopReason::Length;
  while (result.reason == StopReason::None) {
    int32_t token = sampler.next(logits);
    if (session.isEnd(token)) {
      result.reason = StopReason::EndToken;
      break;
    }
    sampler.add(token);
    result.reason =
        sink.put(sink.ctx, token, sink.measure(logits, language.vocab, token));
    if (++result.generated == limit && result.reason == StopReason::None)
      result.reason = StopReason::Length;
    if (result.reason != StopReason::None)
      break;
    if (session.length() + session.pending() == language.context) {
      result.reason = StopReason::Context;
      break;
    }
    logits = step.take(step.ctx, token);
    ++steps;
  }
  result.decode = decode.stop(steps);
  result.decode.weightBytes = session.weightBytes() - bytesBefore;
  return result;
}

const char *nameOf(StopReason reason) {
  switch (reason) {
  case StopReason::None:
    break;
  case StopReason::EndToken:
    return "end_token";
  case StopReason::StopText:
    return "stop_text";
  case StopReason::Length:
    return "length";
  case StopReason::Context:
    return "context";
  case StopReason::Interrupt:
    return "interrupt";
  }
  return "none";
}

void Usage::add(const Usage &more) {
  tokens += more.tokens;
  seconds += more.seconds;
  // What is not known of a part is not known of the whole.
  instructions = instructions < 0 || more.instructions < 0
                     ? -1
                     : instructions + more.instructions;
  weightBytes += more.weightBytes;
}

double TokenSink::measure(const float *logits, int32_t count,
                          int32_t token) const {
  return wantsProbabilities ? -negativeLogLikelihood(logits, count, token) : 0;
}

LogSum::LogSum(const float *logits, int32_t count)
    : largest(logits[argmax(logits, count)]) {
  double sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += exp(double(logits[i]) - largest);
  rest = log(sum);
}

double negativeLogLikelihood(const float *logits, int32_t count,
                             int32_t target) {
  return -LogSum(logits, count).logProbability(logits[target]);
}

/// The sum of the negative log-likelihoods of `targets`, one per row of the last
/// step.
static double scoreRows(Session &session, const int32_t *targets, int64_t rows,
                        LogitsSink sink) {
  double nats = 0;
  int32_t vocab = session.language().vocab;
  for (int64_t row = 0; row < rows;) {
    Logits logits = session.logits(row, rows - row);
    for (int64_t i = 0; i < logits.rows; ++i) {
      const float *own = logits.first + i * vocab;
      nats += negativeLogLikelihood(own, vocab, targets[row + i]);
      if (sink.put)
        sink.put(sink.ctx, own);
    }
    row += logits.rows;
  }
  return nats;
}

ScoreResult score(Session &session, const int32_t *tokens, int64_t count,
                  int64_t window, LogitsSink sink) {
  ScoreResult result;
  for (int64_t begin = 0; begin + 1 < count; begin += window) {
    int64_t end = begin + window < count - 1 ? begin + window : count - 1;
    session.restart();
    for (int64_t at = begin; at < end;) {
      int64_t rows = session.step(tokens + at, end - at);
      result.nats += scoreRows(session, tokens + at + 1, rows, sink);
      at += rows;
    }
    result.tokens += end - begin;
  }
  return result;
}

} // namespace eke::rt
