//===- LanguageOptions.cpp - What a language model is asked for -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/LanguageOptions.h"

#include <string.h>

namespace eke::rt {

static void printHelp(const eke_model &model, const ProgramOptions &options) {
  const eke_language &language = *model.language;
  Writer out(1, outputName);
  out.put("usage: ");
  out.putPrintable(programName());
  out.put(" (--prompt TEXT | --prompt-file FILE | --chat | --message TEXT |\n"
          "       --score FILE) [options]\n"
          "A language model: ");
  out.putPrintable(model.name);
  out.format(", %d tokens of context%s.\n\n", language.context,
             language.chat ? ", for chats" : "");
  options.print(out);
  out.put("\nWith --entry it runs one compiled function on tensor files: see "
          "--entry trunk --help.\n");
  out.flush();
}

LanguageRequest readLanguageRequest(const eke_model &model, int argc,
                                    char **argv) {
  LanguageRequest r;
  Sampling &s = r.sampling;
  int64_t seed = 0;
  const double most = 1e15;
  const Option own[] = {
      {"prompt", Option::Text, &r.prompt, 0, 0, "TEXT",
       "continue this text; - is standard input"},
      {"prompt-file", Option::Path, &r.promptFile, 0, 0, "FILE",
       "continue the text of a file"},
      {"prompt-cache", Option::Path, &r.promptCache, 0, 0, "FILE",
       "go on from what this file has of the prompt; write it if it has\n"
       "                        not all"},
      {"chat", Option::Switch, &r.chat, 0, 0, "",
       "answer the lines of standard input, as one conversation;\n"
       "                        /reset begins another"},
      {"message", Option::Text, &r.message, 0, 0, "TEXT",
       "answer this message; - is standard input"},
      {"system", Option::Text, &r.system, 0, 0, "TEXT",
       "what the model is told before a conversation"},
      {"tokens", Option::Integer, &r.tokens, 0, most, "N",
       "generate at most N tokens (64; as answers: what fits)"},
      {"temperature", Option::Real, &s.temperature, 0, 1e6, "T",
       "0: the likeliest token (default); else divide logits by T"},
      {"top-k", Option::Integer, &s.topK, 0, most, "K",
       "draw from the K likeliest tokens (0: all)"},
      {"top-p", Option::Real, &s.topP, 1e-9, 1, "P",
       "draw from the likeliest tokens that sum up to P (1: all)"},
      {"min-p", Option::Real, &s.minP, 0, 1, "P",
       "draw from tokens that are P times as likely as the\n"
       "                        likeliest (0: all)"},
      {"repetition-penalty", Option::Real, &s.repetitionPenalty, 1e-3, 1e3, "R",
       "divide positive logits of tokens that were read or generated\n"
       "                        by R, multiply negative ones (1: none)"},
      {"frequency-penalty", Option::Real, &s.frequencyPenalty, 0, 1e3, "F",
       "subtract F for each time that a token was generated (0)"},
      {"presence-penalty", Option::Real, &s.presencePenalty, 0, 1e3, "F",
       "subtract F if a token was generated (0)"},
      {"seed", Option::Integer, &seed, 0, 9e18, "N",
       "start of the random numbers (0)"},
      {"stop", Option::Texts, &r.stops, 0, 0, "TEXT",
       "end in front of this text; may be given several times"},
      {"ids", Option::Switch, &r.ids, 0, 0, "", "print token ids, not text"},
      {"json", Option::Switch, &r.json, 0, 0, "",
       "print a line of JSON for each token, and one at the end"},
      {"echo", Option::Switch, &r.echo, 0, 0, "", "print the prompt as well"},
      {"speculate", Option::Text, &r.speculate, 0, 0, "N",
       "draft N tokens, as many as pay (auto, default) or none (off),\n"
       "                        if the model has an exit to draft at"},
      {"confidence", Option::Real, &r.confidence, 0, 1, "P",
       "stop at the exit, if the model has one to stop at, where its best\n"
       "                        token has the probability P (1: nowhere)"},
      {"embed", Option::Path, &r.embed, 0, 0, "FILE",
       "write the prompt's embedding, as a tensor of f32; - prints\n"
       "                        its numbers"},
      {"score", Option::Path, &r.scoreFile, 0, 0, "FILE",
       "print how well the model predicts a text, as JSON"},
      {"window", Option::Integer, &r.window, 1, most, "N",
       "score in windows of N tokens (192, or the context)"},
      {"log-probabilities", Option::Path, &r.logProbabilities, 0, 0, "FILE",
       "write those of all tokens, in front of each that is scored, as a\n"
       "                        tensor of f32"},
  };
  const ProgramOptions options(own, r.common);
  r.common.isOfTensors = options.lack("entry", argc, argv);
  if (r.common.isOfTensors)
    return r;
  options.parse(argc, argv);
  s.seed = uint64_t(seed);
  if (r.common.help)
    printHelp(model, options);
  return r;
}

/// What asks for something to do.
static void checkMode(const LanguageRequest &r) {
  const char *modes[] = {r.prompt, r.promptFile, r.scoreFile, r.message,
                         r.chat ? "" : nullptr};
  int count = 0;
  for (const char *mode : modes)
    count += mode != nullptr;
  if (count == 0)
    fail("nothing to do: give --prompt, --prompt-file, --chat, --message or "
         "--score");
  if (count > 1)
    fail("--prompt, --prompt-file, --chat, --message and --score exclude each "
         "other");
}

static void checkTogether(const LanguageRequest &r) {
  if (r.window != 0 && !r.scoreFile)
    fail("--window needs --score");
  if (r.logProbabilities && !r.scoreFile)
    fail("--log-probabilities needs --score");
  if (r.scoreFile && (r.ids || r.echo || r.json || r.stops.count > 0))
    fail("--ids, --json, --stop and --echo need a prompt");
  if (r.isChat() && r.echo)
    fail("--echo needs a prompt");
  if (r.system && !r.isChat())
    fail("--system needs --chat or --message");
  if (r.scoreFile && r.promptCache)
    fail("--prompt-cache needs a prompt");
  if (r.ids && r.json)
    fail("--ids and --json exclude each other");
  for (int i = 0; i < r.stops.count; ++i) {
    size_t size = strlen(r.stops.texts[i]);
    if (size == 0 || size > StopTexts::longest)
      fail("--stop needs a text of 1 to %zu bytes", StopTexts::longest);
  }
}

static void checkChat(const LanguageRequest &r, const eke_language &language) {
  if (!r.isChat())
    return;
  const char *option = r.chat ? "--chat" : "--message";
  if (!language.chat)
    fail("%s: the program does not know what a chat with this model looks "
         "like; compile the model with --chat-template",
         option);
  if (r.system && !language.chat->before_system)
    fail("--system: a chat with this model has no such message");
}

/// How many tokens to draft: -1 for as many as pay, 0 for none.
static int64_t readDrafts(const LanguageRequest &r,
                          const eke_language &language) {
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
static double readConfidence(const LanguageRequest &r,
                             const eke_language &language) {
  bool hasExit = language.threshold > 0;
  if (r.confidence >= 0 && !hasExit)
    fail("--confidence: the model has no exit to stop at; compile it with "
         "--threshold");
  double compiled = hasExit ? double(language.threshold) : 1;
  return r.confidence >= 0 ? r.confidence : compiled;
}

void failForSandbox() {
  fail("--sandbox: a prompt cache is only read; write it without --sandbox "
       "first");
}

static void checkEmbed(const LanguageRequest &r, const eke_model &model) {
  if (!r.embed)
    return;
  if (!r.prompt && !r.promptFile)
    fail("--embed needs a prompt");
  if (r.ids || r.json || r.echo || r.stops.count > 0 || r.promptCache ||
      r.tokens >= 0)
    fail("--embed generates nothing: it goes with no option for that");
  if (!eke_find_role(&model, EKE_ROLE_EMBED, 1))
    fail("--embed: the program gives no embeddings; compile the model with "
         "--embed");
}

void checkLanguageRequest(LanguageRequest &r, const eke_model &model) {
  const eke_language &language = *model.language;
  checkMode(r);
  checkTogether(r);
  checkEmbed(r, model);
  checkChat(r, language);
  r.drafts = readDrafts(r, language);
  r.confidence = readConfidence(r, language);
  constexpr int64_t usualTokens = 64;
  if (r.tokens < 0)
    r.tokens = r.isChat() ? language.context : usualTokens;
  Sampling &s = r.sampling;
  bool narrows = s.topK != 0 || s.topP != 1 || s.minP != 0;
  if (s.temperature < 0)
    s.temperature = narrows ? 1 : 0;
}

} // namespace eke::rt
