//===- EncoderProgram.cpp - The command line of an encoder ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A text becomes a line of numbers, or a row of a file of tensors.
//===----------------------------------------------------------------------===//

#include "runtime/programs/CommonOptions.h"
#include "runtime/programs/Programs.h"
#include "runtime/programs/StatesFile.h"
#include "runtime/programs/Texts.h"

#include <math.h>
#include <string.h>

namespace eke::rt {

static const char outputName[] = "standard output";

namespace {

struct Request {
  const char *prompt = nullptr, *promptFile = nullptr, *output = nullptr;
  bool truncate = false;
  CommonRequest common;
};

/// The texts one after the other: all of a prompt, or the lines of a file.
class TextReader {
public:
  TextReader(Bytes all, bool splits) : rest(all), splits(splits) {}

  /// False behind the last one.
  bool next(Bytes &text) {
    if (rest.size == 0 && (splits || number > 0))
      return false;
    ++number;
    const void *end = splits ? memchr(rest.data, '\n', rest.size) : nullptr;
    text = rest;
    if (end)
      text.size = size_t(static_cast<const char *>(end) - rest.data);
    size_t taken = text.size + (end != nullptr);
    rest = {rest.data + taken, rest.size - taken};
    if (splits && text.size > 0 && text.data[text.size - 1] == '\r')
      --text.size;
    return true;
  }

  /// The number of the last text, from 1 on.
  int64_t number = 0;

private:
  Bytes rest;
  bool splits;
};

/// A model and memory for one text at a time.
class Encoder {
public:
  Encoder(const Program &program, const Tokenizer &tokenizer, size_t longest);

  /// The tokens of a text, with those at its ends.
  int64_t tokenize(Bytes text);
  /// Leaves the first `count` tokens, with that at the end.
  void truncate(int64_t count) { ids[count - 1] = language.ends[0]; }
  /// The vector of the first `count` tokens.
  const float *encode(int64_t count);

  int64_t weightBytes = 0; ///< that the model has read so far

private:
  const eke_entry &findEntry(int64_t rows) const;

  const Program &program;
  const Tokenizer &tokenizer;
  const eke_language &language;
  EncodeNeeds needs;
  int32_t *ids;
  int64_t *length;
  float *vector;
  void *scratch;
};

} // namespace

static Request readRequest(const eke_model &model, int argc, char **argv) {
  Request r;
  const Option own[] = {
      {"prompt", Option::Text, &r.prompt, 0, 0, "TEXT",
       "print the vector of this text"},
      {"prompt-file", Option::Path, &r.promptFile, 0, 0, "FILE",
       "print the vectors of the lines of a file, a line each"},
      {"output", Option::Path, &r.output, 0, 0, "FILE",
       "write vectors to a file, as rows of f32"},
      {"truncate", Option::Switch, &r.truncate, 0, 0, "",
       "read the beginning of texts that are too long"},
  };
  const ProgramOptions options(own, r.common);
  r.common.isOfTensors = options.lack("entry", argc, argv);
  if (r.common.isOfTensors)
    return r;
  options.parse(argc, argv);
  if (r.common.help) {
    Writer out(1, outputName);
    out.put("usage: ");
    out.putPrintable(programName());
    out.put(" (--prompt TEXT | --prompt-file FILE) [options]\nAn encoder: ");
    out.putPrintable(model.name);
    out.format(", vectors of %d numbers, %d tokens of context.\n\n",
               model.language->width, model.language->context);
    options.print(out);
    out.put("\nWith --entry it runs one compiled function on tensor files: see "
            "--entry encoder --help.\n");
    out.flush();
  }
  return r;
}

Encoder::Encoder(const Program &program, const Tokenizer &tokenizer,
                 size_t longest)
    : program(program), tokenizer(tokenizer), language(*program.model.language),
      needs(encodeNeeds(tokenizer, longest)) {
  // The widest entry reads as many tokens as there are positions.
  size_t most = needs.tokens + 2;
  if (most < size_t(language.context))
    most = size_t(language.context);
  ids = static_cast<int32_t *>(reserveScratch(most * sizeof(int32_t)));
  length = reserveArray<int64_t>(1);
  vector = reserveArray<float>(uint64_t(language.width));
  scratch = reserveScratch(needs.scratch);
}

int64_t Encoder::tokenize(Bytes text) {
  int64_t count = 0;
  if (language.bos >= 0)
    ids[count++] = language.bos;
  count += int64_t(eke::rt::encode(tokenizer, text, ids + count, scratch));
  ids[count++] = language.ends[0];
  return count;
}

/// The entry for fewest rows that takes so many.
const eke_entry &Encoder::findEntry(int64_t rows) const {
  const eke_model &model = program.model;
  const eke_entry *best = nullptr;
  for (int32_t i = 0; i < model.entry_count; ++i) {
    const eke_entry &entry = model.entries[i];
    if (strcmp(entry.role, EKE_ROLE_ENCODER) == 0 && entry.rows >= rows &&
        (!best || entry.rows < best->rows))
      best = &entry;
  }
  return *best;
}

const float *Encoder::encode(int64_t count) {
  const eke_entry &entry = findEntry(count);
  // What pads the text is a token, too.
  for (int64_t i = count; i < entry.rows; ++i)
    ids[i] = language.ends[0];
  *length = count;
  void *args[] = {ids, length, vector};
  entry.call(args, program.state, program.arena);
  weightBytes += int64_t(entry.weight_bytes);
  for (int32_t i = 0; i < language.width; ++i)
    if (!isfinite(vector[i]))
      failToRun("the model gives a vector that is not finite");
  return vector;
}

static void checkRequest(const Request &r, const eke_language &language) {
  if (!r.prompt && !r.promptFile)
    fail("nothing to do: give --prompt or --prompt-file");
  if (r.prompt && r.promptFile)
    fail("--prompt and --prompt-file exclude each other");
  if (language.end_count < 1)
    fail("the model has no token that ends a text");
}

/// How many tokens of a text are read.
static int64_t fit(const Request &r, int64_t count, int64_t context,
                   int64_t number) {
  if (count <= context)
    return count;
  if (r.truncate)
    return context;
  if (r.promptFile)
    fail("line %lld of '%s' has %lld tokens, more than the context of %lld: "
         "shorten it, or give --truncate",
         (long long)number, r.promptFile, (long long)count, (long long)context);
  fail("the prompt has %lld tokens, more than the context of %lld: shorten it, "
       "or give --truncate",
       (long long)count, (long long)context);
}

/// Fails on a text that is not read: before there is any output.
static void checkTexts(const Request &r, TextReader texts, Encoder &encoder,
                       int64_t context) {
  for (Bytes text; texts.next(text);)
    fit(r, encoder.tokenize(text), context, texts.number);
}

/// The bytes of the longest text.
static size_t findLongest(TextReader texts) {
  size_t longest = 0;
  for (Bytes text; texts.next(text);)
    longest = text.size > longest ? text.size : longest;
  return longest;
}

int runEncoder(const eke_model &model, int argc, char **argv) {
  Request r = readRequest(model, argc, argv);
  if (int status; isOtherRequest(r.common, model, argc, argv, status))
    return status;
  const eke_language &language = *model.language;
  checkRequest(r, language);

  const Program program = Program::reserve(model);
  Tokenizer tokenizer = openModelTokenizer(language);
  Bytes all =
      r.promptFile ? readFile(r.promptFile) : Bytes{r.prompt, strlen(r.prompt)};
  checkSize(all, r.promptFile ? r.promptFile : "the prompt");
  TextReader texts(all, r.promptFile != nullptr);
  Encoder encoder(program, tokenizer, findLongest(texts));
  checkTexts(r, texts, encoder, language.context);
  int fd = r.output ? openOutput(r.output) : -1;
  Statistics statistics(r.common.statsFile);
  StatesFile states(r.common.statesFile);
  Writer out(1, outputName);
  startWork(r.common);

  Meter meter(statistics.counter);
  int64_t tokens = 0;
  for (Bytes text; texts.next(text);) {
    int64_t count = encoder.tokenize(text);
    int64_t read = fit(r, count, language.context, texts.number);
    encoder.truncate(read);
    const float *vector = encoder.encode(read);
    tokens += read;
    if (r.output)
      writeAll(fd, vector, size_t(language.width) * sizeof(float), r.output);
    else
      printVector(out, vector, language.width);
  }
  Usage usage = meter.stop(tokens);
  usage.weightBytes = encoder.weightBytes;
  if (r.output)
    closeOutput(fd, r.output);
  auto addMembers = [](JsonObject &json, const void *ctx) {
    addUsage(json, "encode", *static_cast<const Usage *>(ctx));
  };
  statistics.write(model, r.common.threads, addMembers, &usage);
  states.write(program);
  return 0;
}

} // namespace eke::rt
