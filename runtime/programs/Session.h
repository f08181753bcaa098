//===- Session.h - A language model at work ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_SESSION_H
#define EKE_RUNTIME_PROGRAMS_SESSION_H

#include "runtime/os/System.h"
#include "runtime/programs/Sampler.h"

namespace eke::rt {

/// A model with its memory.
struct Program {
  const eke_model &model;
  uint8_t *state, *arena;

  /// Reserves the memory; the states are what they are at start.
  static Program reserve(const eke_model &model);
};

/// The entries of a model that have one role and differ in their rows.
class Widths {
public:
  /// Fails when the model has no such entry, or one for fewest rows that is not
  /// for `fewest`.
  Widths(const eke_model &model, const char *role, int64_t fewest = 1);
  /// None.
  Widths() = default;

  /// The one for most rows that takes no more than `count` (> 0).
  const eke_entry &upTo(int64_t count) const;
  /// The one for fewest rows that takes `count`, or else the one for most rows.
  const eke_entry &atLeast(int64_t count) const;
  int64_t mostRows() const { return size ? entries[0]->rows : 0; }

private:
  const eke_entry **entries = nullptr; ///< widest first
  int size = 0;
};

/// The logits after some rows, one after the other.
struct Logits {
  const float *first;
  int64_t rows;
};

/// What a part of a run took.
struct Usage {
  int64_t tokens = 0;
  double seconds = 0;
  int64_t instructions = -1;
  int64_t weightBytes = 0; ///< of weights that were read, each time

  void add(const Usage &more);
};

/// One sequence of tokens going through a model.
///
/// A model with an exit can take tokens in two parts. `draft` runs the blocks before
/// the exit and keeps what they give in the exit-query cache, where it waits for
/// `verify`, which runs the blocks behind on all that waits. `keep` makes the first
/// rows of it a part of the sequence and forgets the rest.
class Session {
public:
  /// Fails when the model lacks an entry that a language model has.
  explicit Session(const Program &program);

  /// Forgets the sequence.
  void restart() {
    *position = 0;
    waiting = 0;
  }

  /// Forgets all but the first tokens, at most `length`.
  void rewind(int64_t length) {
    if (*position > length)
      *position = length;
    waiting = 0;
  }

  /// Goes on behind so many tokens, which the states have already.
  void resume(int64_t length) { *position = length; }

  /// Another token that ends a text, besides those of the model; -1: none.
  int32_t ownEnd = -1;
  bool isEnd(int32_t token) const {
    return token == ownEnd || eke_is_end(&language(), token);
  }

  /// Runs the first tokens of a row, as many as the widest trunk takes that takes
  /// no more than there are. Returns how many; the caller keeps the sum of all
  /// below the context.
  int64_t step(const int32_t *tokens, int64_t count);

  /// The logits after row `row` of the last step and those that follow, as many as
  /// the widest head takes of no more than `count`; valid until the next call. Fails
  /// if one is not finite, as everything that gives logits: who chooses by them need
  /// not look.
  Logits logits(int64_t row, int64_t count);
  const float *logits(int64_t row) { return logits(row, 1).first; }

  /// The same, but by a head for more rows than `count` if none takes just so many.
  Logits someLogits(int64_t row, int64_t count);

  /// Steps through a prompt, and gives the logits after it.
  const float *prefill(const int32_t *tokens, int64_t count,
                       const InstructionCounter &counter, Usage &usage);

  /// Steps through a text, and gives what the model makes of its last token before the
  /// head's product, of the language's width. The model has an entry for it.
  const float *embed(const int32_t *tokens, int64_t count);

  /// Runs one token, behind those that wait, up to the exit. The caller sees to it
  /// that no more wait than `mostPending()`, and that they fit into the context.
  void draft(int32_t token);
  /// The logits at the exit after the last draft, valid until the next call. Those
  /// of tokens that the exit's head does not know are minus infinity.
  const float *exitLogits();
  /// Runs all that waits through the other blocks, as the rows of a step.
  void verify();
  void keep(int64_t rows);

  int64_t pending() const { return waiting; }
  int64_t mostPending() const { return verifiers.mostRows(); }
  /// How many positions `verify` writes when so many tokens wait.
  int64_t rowsToVerify(int64_t count) const;

  const eke_language &language() const { return *program.model.language; }
  int64_t length() const { return *position; }

  /// Bytes of weights that the model has read so far.
  int64_t weightBytes() const { return bytesRead; }

private:
  void call(const eke_entry &entry, void **args);

  Program program;
  Widths trunks, heads, verifiers;
  const eke_entry *drafter = nullptr;  ///< null without an exit
  const eke_entry *exitHead = nullptr; ///< likewise
  int64_t *position;
  int64_t waiting = 0, bytesRead = 0;
  int32_t *inputs;
  float *hidden;
  float *logitRows;
  float *exitRow;        ///< logits at the exit
  int64_t exitVocab = 0; ///< how many of them its head gives
  float *queries;        ///< the exit-query cache: one row per token that waits
};

/// Why a text ends.
enum class StopReason { None, EndToken, StopText, Length, Context, Interrupt };

/// What a reason is called in JSON.
const char *nameOf(StopReason reason);

/// Where generated tokens go.
struct TokenSink {
  /// Takes a token; says why the text ends behind it, or None. With
  /// `wantsProbabilities`, `logProbability` is that of the token by the logits that chose
  /// it, before the sampler changed them.
  StopReason (*put)(void *ctx, int32_t token, double logProbability);
  void *ctx;
  bool wantsProbabilities = false;

  /// What `put` is given.
  double measure(const float *logits, int32_t count, int32_t token) const;
};

/// Measures a part of a run from its construction on.
class Meter {
public:
  explicit Meter(const InstructionCounter &counter)
      : counter(counter), start(now()), startCount(counter.read()) {}

  Usage stop(int64_t tokens) const {
    int64_t count = counter.read();
    return {tokens, now() - start,
            startCount < 0 || count < 0 ? -1 : count - startCount};
  }

private:
  const InstructionCounter &counter;
  double start;
  int64_t startCount;
};

struct GenerateResult {
  Usage prefill; ///< the prompt, up to the logits after it
  Usage decode;  ///< one token and its logits at a time
  int64_t generated = 0;
  StopReason reason = StopReason::None;
};

/// How a token is taken: gives the logits that choose the one behind it.
struct TokenStep {
  const float *(*take)(void *ctx, int32_t token);
  void *ctx;
};

/// Feeds the prompt (0 < count, and there is room) behind what was fed before, and gives at
/// most `limit` new tokens to `sink`; ends early at a token that ends a text, which is not
/// given, where the sink says so, and when the context is full. The sampler is told of
/// generated tokens, not of the prompt.
GenerateResult generate(Session &session, const int32_t *prompt, int64_t count,
                        int64_t limit, Sampler &sampler, TokenSink sink,
                        const InstructionCounter &counter);

/// The same, with tokens behind the prompt taken by `step`.
GenerateResult generate(Session &session, const int32_t *prompt, int64_t count,
                        int64_t limit, Sampler &sampler, TokenSink sink,
                        const InstructionCounter &counter, TokenStep step);

/// Who wants the logits of every token that is scored.
struct LogitsSink {
  void (*put)(void *ctx, const float *logits);
  void *ctx;
};

struct ScoreResult {
  int64_t tokens = 0; ///< targets
  double nats = 0;    ///< sum of their negative log-likelihoods
};

/// Scores every token but the first, given those before it in the same window:
/// window k has inputs t[W k] … t[W k + W - 1] and as targets the tokens after
/// them, and starts from an empty state; the last one may be shorter.
ScoreResult score(Session &session, const int32_t *tokens, int64_t count,
                  int64_t window, LogitsSink sink = {});

/// The logarithm of the sum of exp(logits), in double precision, in two parts: the second
/// may be lost beside the first.
struct LogSum {
  double largest, rest;

  LogSum(const float *logits, int32_t count);
  /// log softmax, of one of the logits.
  double logProbability(float logit) const {
    return (double(logit) - largest) - rest;
  }
};

/// -log softmax(logits)[target], in double precision.
double negativeLogLikelihood(const float *logits, int32_t count,
                             int32_t target);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_SESSION_H
