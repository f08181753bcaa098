//===- LanguageProgram.cpp - The program of a language model --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Chat.h"
#include "runtime/programs/Generator.h"
#include "runtime/programs/PromptCache.h"
#include "runtime/programs/StatesFile.h"
#include "runtime/programs/Texts.h"

#include <math.h>
#include <string.h>

namespace eke::rt {

namespace {

/// A text as tokens.
struct Tokens {
  int32_t *ids;
  int64_t count;
};

} // namespace

/// Starts with bos, if there is one.
static Tokens tokenize(const Tokenizer &tokenizer, const eke_language &language,
                       Bytes text, const char *what) {
  checkSize(text, what);
  EncodeNeeds needs = encodeNeeds(tokenizer, text.size);
  void *scratch = reserveScratch(needs.scratch);
  auto *ids = static_cast<int32_t *>(
      reserveScratch((needs.tokens + 1) * sizeof(int32_t)));
  Tokens tokens = {ids, 0};
  if (language.bos >= 0)
    tokens.ids[tokens.count++] = language.bos;
  tokens.count +=
      int64_t(encode(tokenizer, text, tokens.ids + tokens.count, scratch));
  release(scratch, needs.scratch);
  return tokens;
}

/// The tokens of the text that is to be continued or scored.
static Tokens readTokens(const LanguageRequest &r, const Tokenizer &tokenizer,
                         const eke_language &language) {
  const char *path = r.scoreFile ? r.scoreFile : r.promptFile;
  Bytes text;
  if (path)
    text = readFile(path);
  else if (strcmp(r.prompt, "-") == 0)
    text = readStandardInput();
  else
    text = {r.prompt, strlen(r.prompt)};
  Tokens tokens =
      tokenize(tokenizer, language, text, path ? path : "the prompt");
  if (r.scoreFile && tokens.count < 2)
    fail("'%s' has no token to score", r.scoreFile);
  if (tokens.count == 0)
    fail("the prompt is empty, and the model has no token to start with");
  if (!r.scoreFile && tokens.count > language.context)
    fail("the prompt has %lld tokens, more than the context of %d",
         (long long)tokens.count, language.context);
  return tokens;
}

namespace {

/// A file of the logarithms of the probabilities of all tokens, one row behind the other.
class LogProbabilities {
public:
  /// None for a null path.
  LogProbabilities(const char *path, int32_t vocab) : path(path), vocab(vocab) {
    if (!path)
      return;
    fd = openOutput(path);
    row = reserveArray<float>(uint64_t(vocab));
  }

  LogitsSink sink() {
    auto put = [](void *ctx, const float *logits) {
      static_cast<LogProbabilities *>(ctx)->put(logits);
    };
    return path ? LogitsSink{put, this} : LogitsSink{};
  }

  void close() const {
    if (path)
      closeOutput(fd, path);
  }

private:
  void put(const float *logits) {
    const LogSum sum(logits, vocab);
    for (int32_t i = 0; i < vocab; ++i)
      row[i] = float(sum.logProbability(logits[i]));
    writeAll(fd, row, uint64_t(vocab) * sizeof *row, path);
  }

  const char *path;
  int32_t vocab;
  int fd = -1;
  float *row = nullptr;
};

} // namespace

static void scoreText(Session &session, Tokens tokens, const LanguageRequest &r,
                      Statistics &statistics, const eke_model &model) {
  int64_t context = session.language().context;
  int64_t window = r.window ? r.window : 192;
  if (window > context)
    window = context;
  EarlyExit exit(session, r.confidence);
  LogProbabilities all(r.logProbabilities, session.language().vocab);
  startWork(r.common);
  Meter meter(statistics.counter);
  ScoreResult result =
      r.confidence < 1
          ? scoreEarly(session, tokens.ids, tokens.count, window, exit,
                       all.sink())
          : score(session, tokens.ids, tokens.count, window, all.sink());
  Usage usage = meter.stop(result.tokens);
  all.close();
  double mean = result.nats / double(result.tokens);

  Writer out(1, outputName);
  JsonObject json(out);
  json.integer("tokens", result.tokens);
  json.real("nats_per_token", mean);
  json.real("perplexity", exp(mean));
  if (r.confidence < 1)
    addExits(json, exit.counts, session.language());
  json.end();
  auto addMembers = [](JsonObject &json, const void *ctx) {
    addUsage(json, "score", *static_cast<const Usage *>(ctx));
  };
  statistics.write(model, r.common.threads, addMembers, &usage);
}

static void continueText(Session &session, const PromptCache &cache,
                         const Tokenizer &tokenizer, Tokens prompt,
                         const LanguageRequest &r, StopTexts &stops,
                         Statistics &statistics, const eke_model &model) {
  TokenPrinter printer(tokenizer, r.form(), stops);
  auto put = [](void *ctx, int32_t token, double logProbability) {
    auto &printer = *static_cast<TokenPrinter *>(ctx);
    return printer.put(token, logProbability) ? StopReason::None
                                              : StopReason::StopText;
  };
  Generator generator(session, r, statistics.counter);
  bool endsLine = statistics.areOnStdout() || isTerminal(1);
  int64_t read = cache.countRead(prompt.ids, prompt.count);
  bool writesCache = cache.lacks(prompt.ids, prompt.count);
  if (writesCache && r.common.sandbox)
    failForSandbox();
  if (writesCache)
    cache.checkWritable();
  session.resume(read);
  generator.cached = read;
  startWork(r.common);
  if (r.echo)
    for (int64_t i = 0; i < prompt.count; ++i)
      printer.echo(prompt.ids[i]);
  else if (prompt.count > (session.language().bos >= 0))
    printer.resume();
  GenerateResult result =
      generator.run(prompt.ids, prompt.count, prompt.count - read,
                    {put, &printer, r.form() == OutputForm::Json});
  if (r.form() == OutputForm::Json)
    printer.finishJson(prompt.count, result);
  else
    printer.finish(endsLine);
  auto addMembers = [](JsonObject &json, const void *ctx) {
    static_cast<const Generator *>(ctx)->addMembers(json);
  };
  statistics.write(model, r.common.threads, addMembers, &generator);
  if (writesCache)
    cache.write(prompt.ids, prompt.count);
}

static void embedText(Session &session, Tokens tokens, const LanguageRequest &r,
                      Statistics &statistics, const eke_model &model) {
  const int32_t width = session.language().width;
  const int output = openOutput(r.embed);
  startWork(r.common);
  Meter meter(statistics.counter);
  const float *numbers = session.embed(tokens.ids, tokens.count);
  Usage usage = meter.stop(tokens.count);
  if (output == 1) {
    Writer out(1, outputName);
    printVector(out, numbers, width);
  } else {
    writeAll(output, numbers, size_t(width) * sizeof *numbers, r.embed);
    closeOutput(output, r.embed);
  }
  auto addMembers = [](JsonObject &json, const void *ctx) {
    addUsage(json, "embed", *static_cast<const Usage *>(ctx));
  };
  statistics.write(model, r.common.threads, addMembers, &usage);
}

int runLanguage(const eke_model &model, int argc, char **argv) {
  LanguageRequest r = readLanguageRequest(model, argc, argv);
  if (int status; isOtherRequest(r.common, model, argc, argv, status))
    return status;
  const eke_language &language = *model.language;
  checkLanguageRequest(r, model);

  const Program program = Program::reserve(model);
  Tokenizer tokenizer = openModelTokenizer(language);
  StopTexts stops;
  for (int i = 0; i < r.stops.count; ++i)
    stops.add({r.stops.texts[i], strlen(r.stops.texts[i])});
  if (r.isChat()) {
    StatesFile states(r.common.statesFile);
    runChat(program, tokenizer, r, stops);
    states.write(program);
    return 0;
  }
  Tokens tokens = readTokens(r, tokenizer, language);
  PromptCache cache(r.promptCache, program);
  // Opens its file: no error of input is left.
  Statistics statistics(r.common.statsFile);
  StatesFile states(r.common.statesFile);
  Session session(program);
  if (r.scoreFile)
    scoreText(session, tokens, r, statistics, model);
  else if (r.embed)
    embedText(session, tokens, r, statistics, model);
  else
    continueText(session, cache, tokenizer, tokens, r, stops, statistics,
                 model);
  states.write(program);
  return 0;
}

} // namespace eke::rt
