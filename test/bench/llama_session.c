/*===- llama_session.c - A model of llama.cpp at work ---------------------===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *===----------------------------------------------------------------------===*/
#include "llama_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void load(session *s, const char *path) {
  const llama_api *api = &s->api;
  s->model =
      api->llama_model_load_from_file(path, api->llama_model_default_params());
  if (!s->model)
    fail("cannot load '%s'", path);
  s->vocab = api->llama_vocab_n_tokens(api->llama_model_get_vocab(s->model));
  s->length = 0;
}

void start(session *s, const char *path, long positions, long threads) {
  const llama_api *api = &s->api;
  load(s, path);
  s->context = api->llama_init_from_model(
      s->model,
      llama_context_params(api, (uint32_t)positions, (int32_t)threads));
  if (!s->context)
    fail("cannot make a context of %ld positions", positions);
  if (api->llama_n_ctx(s->context) < (uint32_t)positions ||
      api->llama_n_threads(s->context) != threads ||
      api->llama_n_threads_batch(s->context) != threads)
    fail("the context has %u positions and %d threads, expected %ld and %ld",
         api->llama_n_ctx(s->context), api->llama_n_threads(s->context),
         positions, threads);
}

/*===- Files ---------------------------------------------------------------===*/

/* The bytes of a file, and a zero behind them. */
static char *read_file(const char *path, long *size) {
  FILE *file = fopen(path, "r");
  if (!file || fseek(file, 0, SEEK_END) || (*size = ftell(file)) < 0 ||
      fseek(file, 0, SEEK_SET))
    fail("cannot read '%s': %s", path, strerror(errno));
  char *text = malloc((size_t)*size + 1);
  if (!text)
    fail("not enough memory for the %ld bytes of '%s'", *size, path);
  if (fread(text, 1, (size_t)*size, file) != (size_t)*size)
    fail("cannot read '%s'", path);
  text[*size] = 0;
  fclose(file);
  return text;
}

static void *tokens_for(long count) {
  void *tokens = malloc(sizeof(int32_t) * (size_t)count);
  if (!tokens)
    fail("not enough memory for %ld tokens", count);
  return tokens;
}

int32_t *read_tokens(const char *path, int32_t vocab, int32_t *count) {
  long size;
  char *text = read_file(path, &size), *at = text;
  int32_t *tokens = tokens_for(size / 2 + 1); /* a digit and a blank each */
  for (*count = 0;; ++*count) {
    char *end;
    long token = strtol(at, &end, 10);
    if (end == at)
      break;
    if (token < 0 || token >= vocab)
      fail("'%s' holds token %ld, expected 0 to %d", path, token, vocab - 1);
    tokens[*count] = (int32_t)token;
    at = end;
  }
  if (at[strspn(at, " \t\r\n")] != 0 || *count == 0)
    fail("'%s' is expected to hold token numbers", path);
  free(text);
  return tokens;
}

FILE *open_output(const char *path) {
  FILE *file = fopen(path, "w");
  if (!file)
    fail("cannot write '%s': %s", path, strerror(errno));
  return file;
}

void close_output(FILE *file, const char *path) {
  int failed = ferror(file);
  if (fclose(file) || failed)
    fail("cannot write '%s': %s", path, strerror(errno));
}

/*===- Statistics ----------------------------------------------------------===*/

void begin_stats(FILE *out, const options *o) {
  char build[64];
  llama_cpu_build(build, sizeof(build));
  fprintf(out, "{\n  \"cpu_build\": \"%s\",\n  \"threads\": %ld,\n", build,
          o->threads);
}

void write_usage(FILE *out, const char *name, usage u) {
  fprintf(out, "  \"%s\": {\"tokens\": %ld, \"seconds\": %.9f},\n", name,
          u.tokens, u.seconds);
}

/*===- Tokens of a text ----------------------------------------------------===*/

void tokenize(session *s, const char *model, const char *text) {
  load(s, model);
  long size;
  char *bytes = read_file(text, &size);
  int32_t most = (int32_t)size + 2; /* some start or end a text */
  int32_t *tokens = tokens_for(most);
  int32_t count = s->api.llama_tokenize(s->api.llama_model_get_vocab(s->model),
                                        bytes, (int32_t)size, tokens, most,
                                        /*add_special=*/1, /*parse_special=*/1);
  if (count < 0)
    fail("'%s' has more than %d tokens", text, most);
  for (int32_t i = 0; i < count; ++i)
    printf(i ? " %d" : "%d", tokens[i]);
  printf("\n");
  free(tokens);
  free(bytes);
}
