/*===- llama_score.c - How well llama.cpp predicts tokens -----------------===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "clock.h"
#include "llama_session.h"

#include <math.h>
#include <stdlib.h>

/* Most logits in memory at once; as many rows as llama.cpp computes together. */
enum { MAX_ROWS = 512 };

typedef struct {
  long tokens; /* targets */
  double nats; /* sum of their negative log-likelihoods */
} result;

static double log_probability(const float *logits, int32_t count,
                              int32_t target) {
  float largest = logits[0];
  for (int32_t i = 1; i < count; ++i)
    if (logits[i] > largest)
      largest = logits[i];
  double sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += exp((double)logits[i] - largest);
  return (double)logits[target] - largest - log(sum);
}

/* Feeds so many tokens behind those before them in the window. */
static void score_rows(session *s, llama_opaque *batch, const int32_t *tokens,
                       int32_t rows, result *r, FILE *each) {
  llama_fill_batch(batch, tokens, rows, s->length);
  if (s->api.llama_decode(s->context, *batch))
    fail("llama_decode failed on %d tokens", rows);
  s->length += rows;
  for (int32_t i = 0; i < rows; ++i) {
    const float *logits = s->api.llama_get_logits_ith(s->context, i);
    if (!logits)
      fail("llama.cpp has no logits of token %d of a batch", i);
    double value = log_probability(logits, s->vocab, tokens[i + 1]);
    r->nats -= value;
    if (each)
      fprintf(each, "%.6f\n", value);
  }
  r->tokens += rows;
}

static void score_windows(session *s, const int32_t *tokens, long count,
                          const options *o, result *r, FILE *each) {
  long most = o->window < MAX_ROWS ? o->window : MAX_ROWS;
  llama_opaque batch = llama_rows_batch(&s->api, (int32_t)most);
  void *memory = s->api.llama_get_memory(s->context);
  for (long at = 0; at + 1 < count;) {
    if (at % o->window == 0) {
      if (!s->api.llama_memory_seq_rm(memory, 0, 0, -1))
        fail("cannot empty the cache");
      s->length = 0;
    }
    long end = (at / o->window + 1) * o->window;
    if (end > count - 1)
      end = count - 1;
    long rows = end - at < most ? end - at : most;
    score_rows(s, &batch, tokens + at, (int32_t)rows, r, each);
    at += rows;
  }
}

void score(session *s, const char *model, const options *o) {
  start(s, model, o->window < 2 ? 2 : o->window, o->threads);
  int32_t count;
  int32_t *tokens = read_tokens(o->prompt, s->vocab, &count);
  if (count < 2)
    fail("'%s' has no token to score", o->prompt);
  FILE *out = open_output(o->stats);
  FILE *each = o->log_probabilities ? open_output(o->log_probabilities) : NULL;

  result r = {0, 0};
  double begin = now();
  score_windows(s, tokens, count, o, &r, each);
  usage all = {r.tokens, now() - begin};

  if (each)
    close_output(each, o->log_probabilities);
  begin_stats(out, o);
  write_usage(out, "score", all);
  fprintf(out, "  \"weight_bytes\": %llu\n}\n",
          (unsigned long long)s->api.llama_model_size(s->model));
  close_output(out, o->stats);
  double mean = r.nats / (double)r.tokens;
  printf("{\"tokens\": %ld, \"nats_per_token\": %.9f, \"perplexity\": %.9f}\n",
         r.tokens, mean, exp(mean));
  free(tokens);
}
