//===- LanguageProgram.cpp - The command line of a language model ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/CommonOptions.h"
#include "runtime/programs/EarlyExit.h"
#include "runtime/programs/Programs.h"
#include "runtime/programs/Speculation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

namespace eke::rt {

static const char outputName[] = "standard output";

namespace {

/// What the user asked for; the defaults are those of --help.
struct Request {
  const char *prompt = nullptr, *promptFile = nullptr;
  const char *scoreFile = nullptr;
  const char *speculate = "auto";
  int64_t tokens = 64, window = 0;
  int64_t topK = 0, seed = 0;
  double temperature = -1, topP = 1, confidence = -1;
  int64_t drafts = 0; ///< what `speculate` says
  bool ids = false, echo = false;
  bool isOfTensors = false; ///< an entry is to be run on tensor files
  CommonRequest common;
};

/// A text as tokens.
struct Tokens {
  int32_t *ids;
  int64_t count;
};

/// Tokens on their way to standard output, each written at once.
struct TokenPrinter {
  const Tokenizer &tokenizer;
  bool ids;
  Writer out{1, outputName};
  TextStream text{tokenizer,
                  [](void *ctx, const char *data, size_t size) {
                    static_cast<TokenPrinter *>(ctx)->out.put(data, size);
                  },
                  this};

  void put(int32_t token) {
    if (ids)
      out.format(out.last == '\n' ? "%d" : " %d", token);
    else if (!isSpecial(tokenizer, token))
      text.write(uint32_t(token));
    out.flush();
  }

  void finish(bool endLine) {
    text.finish();
    if ((ids || endLine) && out.last != '\n')
      out.put("\n");
    out.flush();
  }
};

} // namespace

static Request readRequest(const eke_model &model, int argc, char **argv) {
  Request r;
  const double most = 1e15;
  const Option own[] = {
      {"prompt", Option::Text, &r.prompt, 0, 0, "TEXT", "continue this text"},
      {"prompt-file", Option::Path, &r.promptFile, 0, 0, "FILE",
       "continue the text of a file"},
      {"tokens", Option::Integer, &r.tokens, 0, most, "N",
       "generate at most N tokens (64)"},
      {"temperature", Option::Real, &r.temperature, 0, 1e6, "T",
       "0: the likeliest token (default); else divide logits by T"},
      {"top-k", Option::Integer, &r.topK, 0, most, "K",
       "draw from the K likeliest tokens (0: all)"},
      {"top-p", Option::Real, &r.topP, 1e-9, 1, "P",
       "draw from the likeliest tokens that sum up to P (1: all)"},
      {"seed", Option::Integer, &r.seed, 0, 9e18, "N",
       "start of the random numbers (0)"},
      {"ids", Option::Switch, &r.ids, 0, 0, "", "print token ids, not text"},
      {"echo", Option::Switch, &r.echo, 0, 0, "", "print the prompt as well"},
      {"speculate", Option::Text, &r.speculate, 0, 0, "N",
       "draft N tokens, as many as pay (auto, default) or none (off),\n"
       "                        if the model has an exit to draft at"},
      {"confidence", Option::Real, &r.confidence, 0, 1, "P",
       "stop at the exit, if the model has one to stop at, where its best\n"
       "                        token has the probability P (1: nowhere)"},
      {"score", Option::Path, &r.scoreFile, 0, 0, "FILE",
       "print how well the model predicts a text, as JSON"},
      {"window", Option::Integer, &r.window, 1, most, "N",
       "score in windows of N tokens (192, or the context)"},
  };
  const ProgramOptions options(own, r.common);
  r.isOfTensors = options.lack("entry", argc, argv);
  if (r.isOfTensors)
    return r;
  options.parse(argc, argv);
  if (r.common.help) {
    Writer out(1, outputName);
    out.put("usage: ");
    out.putPrintable(programName());
    out.put(" (--prompt TEXT | --prompt-file FILE | --score FILE) [options]\n"
            "A language model: ");
    out.putPrintable(model.name);
    out.format(", %d tokens of context.\n\n", model.language->context);
    options.print(out);
    out.put("\nWith --entry it runs one compiled function on tensor files: see "
            "--entry trunk --help.\n");
    out.flush();
  }
  return r;
}

static void checkRequest(const Request &r) {
  int modes = (r.prompt != nullptr) + (r.promptFile != nullptr) +
              (r.scoreFile != nullptr);
  if (modes == 0)
    fail("nothing to do: give --prompt, --prompt-file or --score");
  if (modes > 1)
    fail("--prompt, --prompt-file and --score exclude each other");
  if (r.window != 0 && !r.scoreFile)
    fail("--window needs --score");
  if (r.scoreFile && (r.ids || r.echo))
    fail("--ids and --echo need a prompt");
}

/// How many tokens to draft: -1 for as many as pay, 0 for none.
static int64_t readDrafts(const Request &r, const eke_language &language) {
  int64_t drafts = -1;
  if (strcmp(r.speculate, "off") == 0)
    return 0;
  bool isAuto = strcmp(r.speculate, "auto") == 0;
  if (!isAuto && (!parseInteger(r.speculate, drafts) || drafts < 1))
    fail("--speculate needs auto, off or a whole number from 1, not '%s'",
         r.speculate);
  if (language.drafts == 0 && !isAuto)
    fail("--speculate: the model has no exit to draft at; compile it with "
         "--exit");
  if (drafts > language.drafts)
    fail("--speculate: the model drafts at most %d tokens", language.drafts);
  return language.drafts == 0 ? 0 : drafts;
}

/// From which probability on tokens are taken from the exit: 1 for none.
static double readConfidence(const Request &r, const eke_language &language) {
  bool hasExit = language.threshold > 0;
  if (r.confidence >= 0 && !hasExit)
    fail("--confidence: the model has no exit to stop at; compile it with "
         "--threshold");
  double compiled = hasExit ? double(language.threshold) : 1;
  return r.confidence >= 0 ? r.confidence : compiled;
}

static Sampling samplingOf(const Request &r) {
  Sampling sampling;
  bool narrows = r.topK != 0 || r.topP != 1;
  sampling.temperature = r.temperature >= 0 ? r.temperature : narrows ? 1 : 0;
  sampling.topK = r.topK;
  sampling.topP = r.topP;
  sampling.seed = uint64_t(r.seed);
  return sampling;
}

static Tokenizer openModelTokenizer(const eke_language &language) {
  Tokenizer tokenizer;
  if (const char *problem = openTokenizer(tokenizer, language.tokenizer,
                                          language.tokenizer_bytes))
    fail("the tokenizer of this model %s", problem);
  if (tokenizer.header->vocab > uint32_t(language.vocab))
    fail("the tokenizer has %u tokens, the model %d", tokenizer.header->vocab,
         language.vocab);
  return tokenizer;
}

/// Starts with bos, if there is one.
static Tokens tokenize(const Tokenizer &tokenizer, const eke_language &language,
                       Bytes text, const char *what) {
  if (text.size > size_t(1) << 30)
    fail("%s has %zu bytes, more than 1 GiB", what, text.size);
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

static void checkTokens(const Request &r, Tokens tokens, int32_t context) {
  if (r.scoreFile && tokens.count < 2)
    fail("'%s' has no token to score", r.scoreFile);
  if (tokens.count == 0)
    fail("the prompt is empty, and the model has no token to start with");
  if (!r.scoreFile && tokens.count > context)
    fail("the prompt has %lld tokens, more than the context of %d",
         (long long)tokens.count, context);
}

static void addExits(JsonObject &json, const ExitCounts &counts,
                     const eke_language &language) {
  json.open("early_exit");
  json.integer("early_tokens", counts.early);
  json.integer("full_tokens", counts.full);
  json.real("mean_depth", counts.meanDepth(language));
  json.integer("exit", language.exit);
  json.integer("runs", language.runs);
  json.close();
}

static void scoreText(Session &session, Tokens tokens, const Request &r,
                      Statistics &statistics, const eke_model &model) {
  int64_t context = session.language().context;
  int64_t window = r.window ? r.window : 192;
  if (window > context)
    window = context;
  EarlyExit exit(session, r.confidence);
  startWork(r.common);
  Meter meter(statistics.counter);
  ScoreResult result =
      r.confidence < 1
          ? scoreEarly(session, tokens.ids, tokens.count, window, exit)
          : score(session, tokens.ids, tokens.count, window);
  Usage usage = meter.stop(result.tokens);
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

/// What generating gave.
struct Generation {
  const eke_language &language;
  GenerateResult all;
  SpeculationResult speculation;
  ExitCounts exits;
};

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

static void generateText(Session &session, const Tokenizer &tokenizer,
                         Tokens prompt, const Request &r,
                         Statistics &statistics, const eke_model &model) {
  const eke_language &language = session.language();
  Sampler sampler(samplingOf(r), reserveArray<Candidate>(language.vocab),
                  language.vocab);
  TokenPrinter printer{tokenizer, r.ids};
  TokenSink sink = {[](void *ctx, int32_t token) {
                      static_cast<TokenPrinter *>(ctx)->put(token);
                    },
                    &printer};
  Generation result{language, {}, {}, {}};
  const InstructionCounter &counter = statistics.counter;
  EarlyExit exit(session, r.confidence);
  DraftMemory draftMemory(session, sampler);
  bool endsLine = statistics.areOnStdout() || isTerminal(1);
  startWork(r.common);
  if (r.echo)
    for (int64_t i = 0; i < prompt.count; ++i)
      printer.put(prompt.ids[i]);
  else if (prompt.count > (language.bos >= 0))
    printer.text.resume();
  if (r.confidence < 1) {
    result.all = generateEarly(session, prompt.ids, prompt.count, r.tokens,
                               sampler, sink, counter, exit);
    result.exits = exit.counts;
  } else if (r.drafts != 0) {
    result.all =
        speculate(session, prompt.ids, prompt.count, r.tokens, sampler, sink,
                  counter, r.drafts, draftMemory, result.speculation);
  } else {
    result.all = generate(session, prompt.ids, prompt.count, r.tokens, sampler,
                          sink, counter);
  }
  printer.finish(endsLine);
  auto addMembers = [](JsonObject &json, const void *ctx) {
    auto &result = *static_cast<const Generation *>(ctx);
    addUsage(json, "prefill", result.all.prefill);
    addUsage(json, "decode", result.all.decode);
    json.integer("generated_tokens", result.all.generated);
    if (result.speculation.verifications > 0)
      addSpeculation(json, result.speculation, result.language);
    if (result.exits.early + result.exits.full > 0)
      addExits(json, result.exits, result.language);
  };
  statistics.write(model, r.common.threads, addMembers, &result);
}

int runLanguage(const eke_model &model, int argc, char **argv) {
  Request r = readRequest(model, argc, argv);
  if (r.isOfTensors)
    return runTensors(model, argc, argv);
  if (r.common.help)
    return 0;
  if (r.common.version)
    return printVersion(model);
  checkRequest(r);

  const Program program = Program::reserve(model);
  const eke_language &language = *model.language;
  Tokenizer tokenizer = openModelTokenizer(language);
  const char *path = r.scoreFile ? r.scoreFile : r.promptFile;
  Bytes text = path ? readFile(path) : Bytes{r.prompt, strlen(r.prompt)};
  Tokens tokens =
      tokenize(tokenizer, language, text, path ? path : "the prompt");
  checkTokens(r, tokens, language.context);
  r.drafts = readDrafts(r, language);
  r.confidence = readConfidence(r, language);
  // Opens its file: no error of input is left.
  Statistics statistics(r.common.statsFile);
  Session session(program);
  if (r.scoreFile)
    scoreText(session, tokens, r, statistics, model);
  else
    generateText(session, tokenizer, tokens, r, statistics, model);
  return 0;
}

} // namespace eke::rt
