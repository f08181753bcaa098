/*===- llama_api.h - What the benchmark calls of llama.cpp --------*- C -*-===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The library is opened at run time and its header is not needed: one driver
 * fits any release, on any CPU. What llama.cpp passes by value is opaque here,
 * and larger than any release has made it: by the calling conventions of x86-64
 * and AArch64 the callee finds what it knows at the start. The few fields that
 * must be set are found by their default values; when those are not as
 * expected, the driver refuses instead of guessing.
 *===----------------------------------------------------------------------===*/
#ifndef EKE_BENCH_LLAMA_API_H
#define EKE_BENCH_LLAMA_API_H

#include <stddef.h>
#include <stdint.h>

/* A structure that llama.cpp passes by value, under the ways to look at it. */
typedef union {
  uint32_t halves[256];
  void *pointers[128];
} llama_opaque;

/* The functions, by the names that the library gives them. */
typedef struct {
  void (*llama_backend_init)(void);
  void (*llama_log_set)(void (*)(int level, const char *text, void *), void *);
  void *(*ggml_backend_load)(const char *path);
  void (*ggml_backend_load_all_from_path)(const char *folder);
  llama_opaque (*llama_model_default_params)(void);
  void *(*llama_model_load_from_file)(const char *path, llama_opaque params);
  uint64_t (*llama_model_size)(const void *model);
  const void *(*llama_model_get_vocab)(const void *model);
  int32_t (*llama_vocab_n_tokens)(const void *vocab);
  int32_t (*llama_tokenize)(const void *vocab, const char *text, int32_t size,
                            int32_t *tokens, int32_t most,
                            unsigned char add_special,
                            unsigned char parse_special);
  llama_opaque (*llama_model_quantize_default_params)(void);
  uint32_t (*llama_model_quantize)(const char *in, const char *out,
                                   const llama_opaque *params);
  llama_opaque (*llama_context_default_params)(void);
  void *(*llama_init_from_model)(void *model, llama_opaque params);
  uint32_t (*llama_n_ctx)(const void *context);
  int32_t (*llama_n_threads)(void *context);
  int32_t (*llama_n_threads_batch)(void *context);
  llama_opaque (*llama_batch_get_one)(int32_t *tokens, int32_t count);
  llama_opaque (*llama_batch_init)(int32_t tokens, int32_t width,
                                   int32_t sequences);
  int32_t (*llama_decode)(void *context, llama_opaque batch);
  float *(*llama_get_logits_ith)(void *context, int32_t row);
  void *(*llama_get_memory)(const void *context);
  unsigned char (*llama_memory_seq_rm)(void *memory, int32_t sequence,
                                       int32_t first, int32_t end);
} llama_api;

/* Ends the program with one line on standard error. */
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Opens the library, and `cpu`, one build of ggml for a CPU; without one, the
 * best for this CPU of those beside the library. */
void llama_open(llama_api *api, const char *library, const char *cpu);

/* Parameters of a context for one sequence, otherwise those of llama.cpp. */
llama_opaque llama_context_params(const llama_api *api, uint32_t positions,
                                  int32_t threads);

/* Parameters to quantise to a file type, such as "q4_0"; what is to be
 * quantised may be so already. */
llama_opaque llama_quantize_params(const llama_api *api, const char *type,
                                   int32_t threads);

/* A batch for at most `rows` tokens of one sequence. */
llama_opaque llama_rows_batch(const llama_api *api, int32_t rows);

/* Fills it with tokens from a position on, and asks for the logits of all. */
void llama_fill_batch(llama_opaque *batch, const int32_t *tokens, int32_t count,
                      int32_t position);

/* Writes which build of ggml is in use, "haswell" or the like. */
void llama_cpu_build(char *name, size_t size);

#endif /* EKE_BENCH_LLAMA_API_H */
