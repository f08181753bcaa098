/*===- llama_driver.c - Runs a model with llama.cpp, as Eke's programs do -===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *   llama-driver LIBRARY quantize IN.gguf OUT.gguf TYPE
 *   llama-driver LIBRARY tokenize MODEL.gguf TEXT
 *   llama-driver LIBRARY run MODEL.gguf OPTION=VALUE...
 *   llama-driver LIBRARY score MODEL.gguf OPTION=VALUE...
 *
 * `quantize` knows the types f16, q4_0, q8_0 and q4_k_m. `tokenize` prints the
 * token numbers of a file; special tokens are read as such.
 *
 * `run` reads a prompt of token numbers, takes the likeliest token so many
 * times, prints each at once, and writes what it took as JSON, with the members
 * of an Eke program's --stats. `score` prints how well the model predicts token
 * numbers, in the form of an Eke program's --score.
 *
 *   prompt=FILE    token numbers, separated by blanks (needed)
 *   stats=FILE     where the JSON goes (needed)
 *   threads=N      threads (1)
 *   cpu=FILE       this build of ggml instead of the best for this CPU
 *
 * of `run` alone:
 *
 *   tokens=N       how many tokens to generate (1)
 *   context=N      positions of the cache (2048)
 *   rows=N         then time batches of 1 to N tokens after the prompt, with
 *                  the logits of every one (0: none, at most 64)
 *   repeat=N       how often each batch (8)
 *
 * of `score` alone:
 *
 *   window=N       score in windows of N tokens (192)
 *   log-probabilities=FILE  write the one of each target there, a line each
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "clock.h"
#include "llama_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 64

/*===- Input ---------------------------------------------------------------===*/

static long whole_number(const char *name, const char *text, long low,
                         long high) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || end == text || *end || value < low || value > high)
    fail("%s needs a whole number from %ld to %ld, not '%s'", name, low, high,
         text);
  return value;
}

static options read_options(int count, char **arguments) {
  options o = {
      .tokens = 1, .context = 2048, .threads = 1, .repeat = 8, .window = 192};
  const struct {
    const char *name, **text;
    long *number, low, high;
  } known[] = {{"prompt", &o.prompt, NULL, 0, 0},
               {"stats", &o.stats, NULL, 0, 0},
               {"cpu", &o.cpu, NULL, 0, 0},
               {"log-probabilities", &o.log_probabilities, NULL, 0, 0},
               {"tokens", NULL, &o.tokens, 1, 1 << 20},
               {"context", NULL, &o.context, 2, 1 << 20},
               {"threads", NULL, &o.threads, 1, 512},
               {"rows", NULL, &o.rows, 0, MAX_ROWS},
               {"repeat", NULL, &o.repeat, 1, 1 << 20},
               {"window", NULL, &o.window, 1, 1 << 20}};
  const size_t known_count = sizeof(known) / sizeof(known[0]);
  for (int i = 0; i < count; ++i) {
    char *value = strchr(arguments[i], '=');
    size_t size = value ? (size_t)(value - arguments[i]) : 0, k = 0;
    while (k < known_count && (strlen(known[k].name) != size ||
                               memcmp(known[k].name, arguments[i], size) != 0))
      ++k;
    if (!value || k == known_count)
      fail("unknown option '%s'", arguments[i]);
    if (known[k].text)
      *known[k].text = value + 1;
    else
      *known[k].number =
          whole_number(known[k].name, value + 1, known[k].low, known[k].high);
  }
  if (!o.prompt || !o.stats)
    fail("prompt=FILE and stats=FILE are needed");
  return o;
}

static int32_t *read_prompt(const options *o, int32_t vocab, int32_t *count) {
  long more = o->tokens - 1 + o->rows; /* the last token is not fed */
  int32_t *tokens = read_tokens(o->prompt, vocab, count);
  if (*count + more > o->context)
    fail("the prompt and %ld tokens more exceed the context of %ld", more,
         o->context);
  return tokens;
}

/*===- Work ----------------------------------------------------------------===*/

/* Feeds tokens and returns the likeliest one after them. */
static int32_t feed(session *s, int32_t *tokens, int32_t count) {
  if (s->api.llama_decode(s->context,
                          s->api.llama_batch_get_one(tokens, count)))
    fail("llama_decode failed on %d tokens", count);
  s->length += count;
  const float *logits = s->api.llama_get_logits_ith(s->context, -1);
  int32_t best = 0;
  for (int32_t i = 1; i < s->vocab; ++i)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

static usage generate(session *s, int32_t token, long count) {
  usage decode = {0, now()};
  for (long made = 0;;) {
    printf(made ? " %d" : "%d", token);
    fflush(stdout);
    if (++made == count)
      break;
    token = feed(s, &token, 1);
    ++decode.tokens;
  }
  printf("\n");
  decode.seconds = now() - decode.seconds;
  return decode;
}

static int compare_seconds(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Writes the median seconds of a batch of 1 to `rows` tokens; sizes alternate. */
static void time_rows(session *s, const int32_t *tokens, const options *o,
                      double *median) {
  llama_opaque batch = llama_rows_batch(&s->api, (int32_t)o->rows);
  void *memory = s->api.llama_get_memory(s->context);
  double *times = malloc(sizeof(double) * (size_t)(o->rows * o->repeat));
  if (!times)
    fail("not enough memory for %ld times", o->rows * o->repeat);
  for (long round = -1; round < o->repeat; ++round) /* one is not counted */
    for (long rows = 1; rows <= o->rows; ++rows) {
      llama_fill_batch(&batch, tokens, (int32_t)rows, s->length);
      double begin = now();
      if (s->api.llama_decode(s->context, batch) ||
          !s->api.llama_get_logits_ith(s->context, (int32_t)rows - 1))
        fail("llama_decode failed on a batch of %ld", rows);
      if (round >= 0)
        times[(rows - 1) * o->repeat + round] = now() - begin;
      if (!s->api.llama_memory_seq_rm(memory, 0, s->length, -1))
        fail("cannot remove a batch from the cache");
    }
  for (long rows = 1; rows <= o->rows; ++rows) {
    double *first = times + (rows - 1) * o->repeat;
    qsort(first, (size_t)o->repeat, sizeof(double), compare_seconds);
    median[rows - 1] = first[o->repeat / 2];
  }
  free(times);
}

/*===- Output --------------------------------------------------------------===*/

static long peak_rss_bytes(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  long kib = -1;
  while (status && fgets(line, sizeof(line), status))
    if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
      break;
  if (status)
    fclose(status);
  return kib < 0 ? -1 : kib * 1024;
}

static void run(session *s, const char *model, const options *o) {
  start(s, model, o->context, o->threads);
  int32_t count;
  int32_t *prompt = read_prompt(o, s->vocab, &count);
  FILE *out = open_output(o->stats);

  usage prefill = {count, now()};
  int32_t token = feed(s, prompt, count);
  prefill.seconds = now() - prefill.seconds;
  usage decode = generate(s, token, o->tokens);
  long peak = peak_rss_bytes();
  double rows[MAX_ROWS];
  if (o->rows)
    time_rows(s, prompt, o, rows);

  begin_stats(out, o);
  write_usage(out, "prefill", prefill);
  write_usage(out, "decode", decode);
  fprintf(out, "  \"generated_tokens\": %ld,\n  \"rows\": [", o->tokens);
  for (long i = 0; i < o->rows; ++i)
    fprintf(out, i ? ", %.9f" : "%.9f", rows[i]);
  fprintf(out, "],\n  \"peak_rss_bytes\": %ld,\n  \"weight_bytes\": %llu\n}\n",
          peak, (unsigned long long)s->api.llama_model_size(s->model));
  close_output(out, o->stats);
  free(prompt);
}

static void quantize(const llama_api *api, const char *in, const char *out,
                     const char *type) {
  llama_opaque params = llama_quantize_params(api, type, 1);
  if (api->llama_model_quantize(in, out, &params))
    fail("cannot quantise '%s'", in);
}

int main(int argc, char **argv) {
  const char *mode = argc >= 4 ? argv[2] : "";
  session s;
  if (strcmp(mode, "run") == 0 || strcmp(mode, "score") == 0) {
    options o = read_options(argc - 4, argv + 4);
    llama_open(&s.api, argv[1], o.cpu);
    (strcmp(mode, "run") == 0 ? run : score)(&s, argv[3], &o);
  } else if (strcmp(mode, "tokenize") == 0 && argc == 5) {
    llama_open(&s.api, argv[1], NULL);
    tokenize(&s, argv[3], argv[4]);
  } else if (strcmp(mode, "quantize") == 0 && argc == 6) {
    llama_open(&s.api, argv[1], NULL);
    quantize(&s.api, argv[3], argv[4], argv[5]);
  } else {
    fail("expected LIBRARY quantize IN OUT TYPE, LIBRARY tokenize MODEL TEXT, "
         "or LIBRARY (run | score) MODEL OPTION=VALUE...");
  }
  if (fflush(stdout))
    fail("cannot write 'standard output': %s", strerror(errno));
  _Exit(0); /* no time for the library's destructors */
}
