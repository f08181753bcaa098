/*===- replay.c - Self-speculative decoding with a given acceptance ---------===
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 *   replay MODE TOKENS THREADS CYCLES
 *
 * Runs the entries of a model as its program would if its cycles drafted as many
 * tokens, and had as many of them right, as those of another model: CYCLES is a list
 * DRAFTS:RIGHT:COUNT,… where -1 drafts are a plain step. So a model without training
 * can be timed. MODE is
 *
 *   plain      a token per step
 *   cached     drafts, then the blocks behind the exit on what the exit gave
 *   uncached   drafts, then all blocks on all tokens: without an exit-query cache
 *   rows       none of these
 *
 * The header of the model's library is included from the command line.
 *
 * Prints tokens per second, or, for `rows`, what 1, 2, … rows cost behind the exit
 * and with the head, in parts of what one costs.
 *===----------------------------------------------------------------------===*/

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { most_rows = 16, most_kinds = 256, first_position = 128 };

static int32_t tokens[most_rows];
static float *hidden, *queries, *logits;

/* A kind of cycle, and how often it occurs. */
static struct {
  int drafts, right;
  int64_t count;
} kinds[most_kinds];
static int kind_count;

/* The entry for the fewest rows that takes `rows`. */
static const eke_entry *find(const char *name, int64_t rows) {
  for (int64_t more = rows; more <= most_rows; ++more) {
    const eke_entry *entry = eke_find_role(&EKE_MODEL, name, more);
    if (entry)
      return entry;
  }
  fprintf(stderr, "replay: the model has no entry '%s' for %lld rows\n", name,
          (long long)rows);
  exit(1);
}

static void call(const eke_entry *entry, void *a, void *b, void *c) {
  void *args[] = {a, b, c};
  entry->call(args, EKE_MODEL.state, EKE_MODEL.arena);
}

static int32_t likeliest(const float *row, int32_t count) {
  int32_t best = 0;
  for (int32_t i = 1; i < count; ++i)
    best = row[i] > row[best] ? i : best;
  return best;
}

/* The kind of the next cycle: each is drawn as often as it occurs. */
static int next_kind(void) {
  static uint64_t state = 1;
  int64_t total = 0;
  for (int i = 0; i < kind_count; ++i)
    total += kinds[i].count;
  state = state * 6364136223846793005u + 1442695040888963407u;
  int64_t at = (int64_t)((state >> 33) % (uint64_t)total);
  int kind = 0;
  while (at >= kinds[kind].count)
    at -= kinds[kind++].count;
  return kind;
}

/* One token; returns how many positions that were. */
static int step(int64_t position) {
  call(find("trunk", 1), tokens, &position, hidden);
  call(find("head", 1), hidden, logits, NULL);
  tokens[0] = likeliest(logits, EKE_MODEL.language->vocab);
  return 1;
}

static int cycle(int64_t position, int is_cached) {
  const eke_language *language = EKE_MODEL.language;
  const eke_entry *draft = find("draft", 1);
  const eke_entry *head = eke_find_role(&EKE_MODEL, EKE_ROLE_EXIT_HEAD, 1);
  if (!head)
    head = find("head", 1);
  int32_t known = (int32_t)head->args[1].shape[1];
  int kind = next_kind(), drafts = kinds[kind].drafts;
  if (drafts < 0)
    return step(position);
  for (int i = 0; i <= drafts; ++i) {
    int64_t at = position + i;
    float *query = queries + (size_t)i * (size_t)language->width;
    if (i < drafts || is_cached)
      call(draft, tokens + i, &at, query);
    if (i == language->drafts)
      break; /* no other may follow, so the exit is not asked */
    call(head, query, logits, NULL);
    tokens[i + 1] = likeliest(logits, known);
  }
  if (is_cached)
    call(find("verify", drafts + 1), queries, &position, hidden);
  else
    call(find("trunk", drafts + 1), tokens, &position, hidden);
  call(find("head", drafts + 1), hidden, logits, NULL);
  int right = kinds[kind].right;
  tokens[0] = likeliest(logits + (size_t)right * (size_t)language->vocab,
                        language->vocab);
  return right + 1;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The shortest time of so many rows behind the exit and through the head. */
static double time_rows(int64_t rows) {
  const eke_entry *verify = find("verify", rows), *head = find("head", rows);
  int64_t position = first_position;
  double best = 1e9;
  for (int i = 0; i < 9; ++i) {
    double begin = now();
    call(verify, queries, &position, hidden);
    call(head, hidden, logits, NULL);
    double took = now() - begin;
    best = took < best ? took : best;
  }
  return best;
}

/* More rows never cost less: where one is faster, others disturbed the other. */
static void print_rows(int32_t most) {
  double first = time_rows(1), longest = first;
  for (int32_t rows = 1; rows <= most; ++rows) {
    double took = time_rows(rows);
    longest = took > longest ? took : longest;
    printf("%.4f%s", longest / first, rows < most ? " " : "\n");
  }
}

static void read_kinds(char *text) {
  int read = 0;
  while (kind_count < most_kinds &&
         sscanf(text, "%d:%d:%" SCNd64 "%n", &kinds[kind_count].drafts,
                &kinds[kind_count].right, &kinds[kind_count].count,
                &read) == 3) {
    ++kind_count;
    text += read;
    if (*text++ != ',')
      break;
  }
}

int main(int argc, char **argv) {
  const eke_language *language = EKE_MODEL.language;
  if (argc != 5 || !language) {
    fprintf(stderr,
            "usage: replay plain|cached|uncached|rows TOKENS THREADS CYCLES\n");
    return 2;
  }
  read_kinds(argv[4]);
  int64_t wanted = atoll(argv[2]);
  if (eke_start_threads(atoi(argv[3])))
    return 1;
  size_t row = (size_t)language->width * sizeof(float);
  hidden = aligned_alloc(64, most_rows * row);
  queries = aligned_alloc(64, most_rows * row);
  logits =
      aligned_alloc(64, most_rows * (size_t)language->vocab * sizeof(float));

  if (strcmp(argv[1], "rows") == 0) {
    print_rows(language->drafts + 1);
    return 0;
  }
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
