/*===- llama_api.c - What the benchmark calls of llama.cpp ----------------===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "llama_api.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("llama-driver: error: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  exit(1);
}

/* Only errors; llama.cpp numbers its levels. */
static void log_errors(int level, const char *text, void *ctx) {
  (void)ctx;
  if (level == 4)
    fputs(text, stderr);
}

/*===- The library ---------------------------------------------------------===*/

static void *symbol(void *library, const char *name) {
  void *address = dlsym(library, name);
  if (!address)
    fail("the library has no function '%s'", name);
  return address;
}

void llama_open(llama_api *api, const char *library, const char *cpu) {
  void *opened = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
  if (!opened)
    fail("cannot open the library: %s", dlerror());
  /* ISO C knows no conversion from an address to a function. */
#define FIND(name) *(void **)&api->name = symbol(opened, #name)
  FIND(llama_backend_init);
  FIND(llama_log_set);
  FIND(ggml_backend_load);
  FIND(ggml_backend_load_all_from_path);
  FIND(llama_model_default_params);
  FIND(llama_model_load_from_file);
  FIND(llama_model_size);
  FIND(llama_model_get_vocab);
  FIND(llama_vocab_n_tokens);
  FIND(llama_tokenize);
  FIND(llama_model_quantize_default_params);
  FIND(llama_model_quantize);
  FIND(llama_context_default_params);
  FIND(llama_init_from_model);
  FIND(llama_n_ctx);
  FIND(llama_n_threads);
  FIND(llama_n_threads_batch);
  FIND(llama_batch_get_one);
  FIND(llama_batch_init);
  FIND(llama_decode);
  FIND(llama_get_logits_ith);
  FIND(llama_get_memory);
  FIND(llama_memory_seq_rm);
#undef FIND
  api->llama_log_set(log_errors, NULL);
  if (cpu) {
    if (!api->ggml_backend_load(cpu))
      fail("cannot use '%s' on this CPU", cpu);
  } else {
    char folder[4096];
    snprintf(folder, sizeof(folder), "%s", library);
    char *slash = strrchr(folder, '/');
    if (!slash)
      fail("'%s' is expected to name the folder of the library", library);
    *slash = 0;
    api->ggml_backend_load_all_from_path(folder);
  }
  api->llama_backend_init();
}

void llama_cpu_build(char *name, size_t size) {
  const char prefix[] = "libggml-cpu-";
  snprintf(name, size, "unknown");
  FILE *maps = fopen("/proc/self/maps", "r");
  if (!maps)
    return;
  char line[4096];
  while (fgets(line, sizeof(line), maps)) {
    char *found = strstr(line, prefix);
    char *end = found ? strstr(found, ".so") : NULL;
    if (!end)
      continue;
    *end = 0;
    snprintf(name, size, "%s", found + strlen(prefix));
    break;
  }
  fclose(maps);
}

/*===- Parameters ----------------------------------------------------------===*/

/* The context's size comes first, 512 by default; the numbers of threads, for
 * one token and for many, are the first two neighbours that are 4 by default. */
llama_opaque llama_context_params(const llama_api *api, uint32_t positions,
                                  int32_t threads) {
  llama_opaque params = api->llama_context_default_params();
  uint32_t *half = params.halves;
  if (half[0] != 512)
    fail("llama_context_params starts with %u, expected n_ctx = 512", half[0]);
  half[0] = positions;
  for (int i = 1; i < 12; ++i) {
    if (half[i] != 4 || half[i + 1] != 4)
      continue;
    half[i] = half[i + 1] = (uint32_t)threads;
    return params;
  }
  fail("llama_context_params has no n_threads = n_threads_batch = 4");
}

/* llama.cpp's number of a file type. */
static uint32_t file_type(const char *name) {
  const struct {
    const char *name;
    uint32_t number;
  } known[] = {{"f16", 1}, {"q4_0", 2}, {"q8_0", 7}, {"q4_k_m", 15}};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); ++i)
    if (strcmp(name, known[i].name) == 0)
      return known[i].number;
  fail("unknown type '%s', expected f16, q4_0, q8_0 or q4_k_m", name);
}

/* The number of threads comes first, 0 by default, then the file type, and the
 * types of output and embedding, which are the same by default. Behind these are
 * flags of a byte: allow_requantize, 0, quantize_output_tensor, 1, and two
 * that are 0. */
llama_opaque llama_quantize_params(const llama_api *api, const char *type,
                                   int32_t threads) {
  uint32_t wanted = file_type(type);
  llama_opaque params = api->llama_model_quantize_default_params();
  uint32_t *half = params.halves;
  if (half[0] != 0 || half[1] == 0 || half[1] > 64)
    fail("llama_model_quantize_params starts with %u, %u, expected nthread = 0 "
         "and a file type",
         half[0], half[1]);
  const unsigned char flags[] = {0, 1, 0, 0};
  if (half[2] != half[3] || memcmp(&half[4], flags, sizeof(flags)) != 0)
    fail("llama_model_quantize_params has other flags than the driver knows");
  half[0] = (uint32_t)threads;
  half[1] = wanted;
  *(unsigned char *)&half[4] = 1;
  return params;
}

/*===- Batches -------------------------------------------------------------===*/

/* The members, in words: n_tokens, token, embd, pos, n_seq_id, seq_id, logits. */
enum { N_TOKENS, TOKEN, EMBD, POS, N_SEQ_ID, SEQ_ID, LOGITS };

llama_opaque llama_rows_batch(const llama_api *api, int32_t rows) {
  llama_opaque batch = api->llama_batch_init(rows, 0, 1);
  int known = batch.halves[N_TOKENS] == 0 && !batch.pointers[EMBD];
  for (int i = TOKEN; i <= LOGITS; ++i)
    known &= i == EMBD || batch.pointers[i] != NULL;
  if (!known)
    fail("llama_batch has another layout than the driver knows");
  return batch;
}

void llama_fill_batch(llama_opaque *batch, const int32_t *tokens, int32_t count,
                      int32_t position) {
  batch->halves[N_TOKENS] = (uint32_t)count;
  for (int32_t i = 0; i < count; ++i) {
    ((int32_t *)batch->pointers[TOKEN])[i] = tokens[i];
    ((int32_t *)batch->pointers[POS])[i] = position + i;
    ((int32_t *)batch->pointers[N_SEQ_ID])[i] = 1;
    ((int32_t **)batch->pointers[SEQ_ID])[i][0] = 0;
    ((int8_t *)batch->pointers[LOGITS])[i] = 1;
  }
}
