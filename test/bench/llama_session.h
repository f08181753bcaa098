/*===- llama_session.h - A model of llama.cpp at work -------------*- C -*-===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *===----------------------------------------------------------------------===*/
#ifndef EKE_BENCH_LLAMA_SESSION_H
#define EKE_BENCH_LLAMA_SESSION_H

#include "llama_api.h"

#include <stdio.h>

/* What the command line asks for. */
typedef struct {
  const char *prompt, *stats, *cpu, *log_probabilities;
  long tokens, context, threads, rows, repeat, window;
} options;

/* A model at work on one sequence. */
typedef struct {
  llama_api api;
  void *model, *context;
  int32_t vocab, length;
} session;

typedef struct {
  long tokens;
  double seconds;
} usage;

/* Loads a model and makes a context; `s->api` is open. */
void start(session *s, const char *path, long positions, long threads);

/* Scores the tokens of a file as an Eke program's --score does: window k has
 * inputs t[W k] ... t[W k + W - 1] and as targets the tokens after them, and
 * starts from an empty cache; the last one may be shorter. */
void score(session *s, const char *model, const options *o);

/* Prints the token numbers of a text. */
void tokenize(session *s, const char *model, const char *text);

/* The token numbers of a file, at least one, all below `vocab`. */
int32_t *read_tokens(const char *path, int32_t vocab, int32_t *count);

FILE *open_output(const char *path);
void close_output(FILE *file, const char *path);

/* The members that all statistics begin with. */
void begin_stats(FILE *out, const options *o);
void write_usage(FILE *out, const char *name, usage u);

#endif /* EKE_BENCH_LLAMA_SESSION_H */
