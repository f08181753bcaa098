/*===- replay.c - Self-speculative decoding with a given acceptance ---------===
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 *   replay MODE TOKENS THREADS LENGTHS
 *
 * Runs the entries of a model as its program would if of each cycle's drafts as many
 * were right as another model had: LENGTHS is a list n0,n1,…,nD of how often 0, 1, …
 * D drafts of a cycle were accepted. So a model without training can be timed. MODE is
 *
 *   plain      a token per step
 *   cached     D drafts, then the blocks behind the exit on what the exit gave
 *   uncached   D drafts, then all blocks on all tokens: without an exit-query cache
 *
 * Prints tokens per second.
 *===----------------------------------------------------------------------===*/

#include <eke/abi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { most_rows = 16, first_position = 128 };

static int32_t tokens[most_rows];
static float *hidden, *queries, *logits;
static int64_t lengths[most_rows];
static int drafts = -1;

static const eke_entry *find(const char *name, int64_t rows) {
  const eke_entry *entry = eke_find_entry(&eke_model_info, name, rows);
  if (!entry) {
    fprintf(stderr, "replay: the model has no entry '%s' for %lld rows\n", name,
            (long long)rows);
    exit(1);
  }
  return entry;
}

static void call(const eke_entry *entry, void *a, void *b, void *c) {
  void *args[] = {a, b, c};
  entry->call(args, eke_state, eke_arena);
}

static int32_t likeliest(const float *row, int32_t count) {
  int32_t best = 0;
  for (int32_t i = 1; i < count; ++i)
    best = row[i] > row[best] ? i : best;
  return best;
}

/* How many drafts the next cycle has right: drawn as often as `lengths` says. */
static int next_length(void) {
  static uint64_t state = 1;
  int64_t total = 0;
  for (int i = 0; i <= drafts; ++i)
    total += lengths[i];
  state = state * 6364136223846793005u + 1442695040888963407u;
  int64_t at = (int64_t)((state >> 33) % (uint64_t)total);
  int length = 0;
  while (at >= lengths[length])
    at -= lengths[length++];
  return length;
}

/* One token; returns how many positions that were. */
static int step(int64_t position) {
  call(find("trunk", 1), tokens, &position, hidden);
  call(find("head", 1), hidden, logits, NULL);
  tokens[0] = likeliest(logits, eke_model_info.language->vocab);
  return 1;
}

static int cycle(int64_t position, int is_cached) {
  const eke_language *language = eke_model_info.language;
  const eke_entry *draft = find("draft", 1);
  const eke_entry *head = eke_find_entry(&eke_model_info, "exit_head", 1);
  if (!head)
    head = find("head", 1);
  int32_t known = (int32_t)head->args[1].shape[1];
  for (int i = 0; i <= drafts; ++i) {
    int64_t at = position + i;
    float *query = queries + (size_t)i * (size_t)language->width;
    if (i < drafts || is_cached)
      call(draft, tokens + i, &at, query);
    if (i == drafts)
      break;
    call(head, query, logits, NULL);
    tokens[i + 1] = likeliest(logits, known);
  }
  if (is_cached)
    call(find("verify", drafts + 1), queries, &position, hidden);
  else
    call(find("trunk", drafts + 1), tokens, &position, hidden);
  call(find("head", drafts + 1), hidden, logits, NULL);
  int length = next_length();
  tokens[0] = likeliest(logits + (size_t)length * (size_t)language->vocab,
                        language->vocab);
  return length + 1;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int main(int argc, char **argv) {
  const eke_language *language = eke_model_info.language;
  if (argc != 5 || !language) {
    fprintf(stderr,
            "usage: replay plain|cached|uncached TOKENS THREADS LENGTHS\n");
    return 2;
  }
  for (char *text = argv[4]; text && drafts + 1 < most_rows;) {
    lengths[++drafts] = strtoll(text, &text, 10);
    text = *text == ',' ? text + 1 : NULL;
  }
  int64_t wanted = atoll(argv[2]);
  if (eke_start_threads(atoi(argv[3])))
    return 1;
  size_t row = (size_t)language->width * sizeof(float);
  hidden = aligned_alloc(64, most_rows * row);
  queries = aligned_alloc(64, most_rows * row);
  logits =
      aligned_alloc(64, most_rows * (size_t)language->vocab * sizeof(float));

  double begin = 0;
  int64_t done = 0;
  int64_t room = language->context - first_position - most_rows;
  for (int warm = 1; warm >= 0; --warm) {
    begin = now();
    for (done = 0; done < (warm ? 2 : wanted);) {
      int64_t position = first_position + done % room;
      done += strcmp(argv[1], "plain") == 0
                  ? step(position)
                  : cycle(position, strcmp(argv[1], "cached") == 0);
    }
  }
  printf("%.4f\n", (double)done / (now() - begin));
  return 0;
}
