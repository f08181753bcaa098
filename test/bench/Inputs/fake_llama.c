/*===- fake_llama.c - A library with the interface of llama.cpp -----------===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * After token t at position p its model finds t + 1 likeliest: that has the logit
 * p + 1, all others 0. N_CTX, N_THREADS and REQUANTIZE are defaults that the
 * driver looks for; another release may have others.
 *===----------------------------------------------------------------------===*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef N_CTX
#define N_CTX 512
#endif
#ifndef N_THREADS
#define N_THREADS 4
#endif
#ifndef REQUANTIZE
#define REQUANTIZE 0
#endif

enum { VOCAB = 10, MOST_ROWS = 2048 };

typedef struct {
  int64_t filler[9];
} model_params;
typedef struct {
  uint32_t n_ctx, n_batch, n_seq_max;
  int32_t n_threads, n_threads_batch;
  int64_t filler[12];
} context_params;
typedef struct {
  int32_t nthread, ftype, output_type, embedding_type;
  unsigned char allow_requantize, quantize_output, only_copy, pure;
  int64_t filler[4];
} quantize_params;
typedef struct {
  int32_t n_tokens;
  int32_t *token;
  float *embd;
  int32_t *pos, *n_seq_id, **seq_id;
  int8_t *logits;
} batch;

static context_params used;
static float logits[MOST_ROWS][VOCAB];
static int32_t cached, rows;

void llama_backend_init(void) {}
void llama_log_set(void (*log)(int, const char *, void *), void *ctx) {
  (void)log, (void)ctx;
}
void *ggml_backend_load(const char *path) { return path[0] == '/' ? &used : 0; }
void ggml_backend_load_all_from_path(const char *folder) { (void)folder; }
model_params llama_model_default_params(void) { return (model_params){{0}}; }
void *llama_model_load_from_file(const char *path, model_params params) {
  FILE *file = fopen(path, "r");
  (void)params;
  if (file)
    fclose(file);
  return file ? &used : NULL;
}
uint64_t llama_model_size(const void *model) { return model ? 1234 : 0; }
const void *llama_model_get_vocab(const void *model) { return model; }
int32_t llama_vocab_n_tokens(const void *vocab) { return vocab ? VOCAB : 0; }
/* A digit is a token, all else is none. */
int32_t llama_tokenize(const void *vocab, const char *text, int32_t size,
                       int32_t *tokens, int32_t most, unsigned char add_special,
                       unsigned char parse_special) {
  int32_t count = 0;
  for (int32_t i = 0; i < size && vocab && add_special && parse_special; ++i)
    if (text[i] >= '0' && text[i] <= '9' && count < most)
      tokens[count++] = text[i] - '0';
  return count;
}
quantize_params llama_model_quantize_default_params(void) {
  return (quantize_params){0, 9, 42, 42, REQUANTIZE, 1, 0, 0, {0}};
}
uint32_t llama_model_quantize(const char *in, const char *out,
                              const quantize_params *params) {
  FILE *file = fopen(out, "w");
  if (!file)
    return 1;
  fprintf(file, "%s as %d%s\n", in, params->ftype,
          params->allow_requantize ? ", whatever it is" : "");
  return fclose(file) != 0;
}
context_params llama_context_default_params(void) {
  return (context_params){N_CTX, 2048, 1, N_THREADS, N_THREADS, {0}};
}
void *llama_init_from_model(void *model, context_params params) {
  used = params;
  return model;
}
uint32_t llama_n_ctx(const void *context) { return context ? used.n_ctx : 0; }
int32_t llama_n_threads(void *context) { return context ? used.n_threads : 0; }
int32_t llama_n_threads_batch(void *context) {
  return context ? used.n_threads_batch : 0;
}
batch llama_batch_get_one(int32_t *tokens, int32_t count) {
  return (batch){.n_tokens = count, .token = tokens};
}
batch llama_batch_init(int32_t tokens, int32_t width, int32_t sequences) {
  size_t count = (size_t)tokens;
  batch b = {.token = calloc(count, 4),
             .pos = calloc(count, 4),
             .n_seq_id = calloc(count, 4),
             .seq_id = calloc(count, sizeof(int32_t *)),
             .logits = calloc(count, 1)};
  for (size_t i = 0; i < count; ++i)
    b.seq_id[i] = calloc((size_t)sequences, 4);
  (void)width;
  return b;
}
/* Refuses a batch that does not go on where the cache ends. */
int32_t llama_decode(void *context, batch b) {
  if (!context || (b.pos && b.pos[0] != cached) || b.n_tokens > MOST_ROWS)
    return 1;
  rows = b.n_tokens;
  for (int32_t row = 0; row < rows; ++row)
    for (int32_t i = 0; i < VOCAB; ++i)
      logits[row][i] =
          i == (b.token[row] + 1) % VOCAB ? (float)(cached + row + 1) : 0.0f;
  cached += rows;
  return 0;
}
float *llama_get_logits_ith(void *context, int32_t row) {
  if (row < 0)
    row += rows;
  return context && row < rows ? logits[row] : NULL;
}
void *llama_get_memory(const void *context) {
  return (void *)(uintptr_t)context;
}
unsigned char llama_memory_seq_rm(void *memory, int32_t sequence, int32_t first,
                                  int32_t end) {
  if (!memory || sequence != 0 || first < 0 || first > cached || end != -1)
    return 0;
  cached = first;
  return 1;
}
