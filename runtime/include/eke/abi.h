/*===- eke/abi.h - what a compiled model looks like from C ------------------===
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * How to use a model in an application. `eke compile MODEL --emit=lib` gives
 * an archive that defines the symbols of this header:
 *
 *   #include "net.h"                     // of the model "net"; has all of this
 *
 *   const eke_model *m = &eke_model_net;
 *   const eke_entry *f = eke_find_entry(m, "classify", 1);
 *   float x[16] = {0}, y[4];            // sizes as f->args[i].shape says
 *   void *args[] = {x, y};              // inputs, then outputs
 *   eke_start_threads(2);               // optional, before the first call
 *   eke_reset(m, m->state);
 *   if (eke_call(f, args, m->state, m->arena))
 *     …                                 // an input is out of its bounds
 *
 * Nothing allocates after `eke_start_threads`. Two calls may run at the same time
 * only with two states and two arenas. Models of different names link into one
 * application; they share the runtime.
 *
 * The compiler emits the structures below as LLVM globals: their layout and the
 * code that emits them change together, and so does EKE_ABI_VERSION. All
 * integers are little-endian; all text is UTF-8 and ends with a zero byte.
 *===----------------------------------------------------------------------===*/
#ifndef EKE_ABI_H
#define EKE_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EKE_ABI_VERSION 5u

/* Functions an application may call; the rest of the runtime is hidden. */
#define EKE_API __attribute__((visibility("default")))

/*===- Tensors and entries -------------------------------------------------===*/

/* Element types. Every tensor is dense and row-major. */
enum {
  EKE_F32 = 1,
  EKE_F16 = 2,
  EKE_BF16 = 3,
  EKE_I8 = 4,
  EKE_U8 = 5,
  EKE_I16 = 6,
  EKE_I32 = 7,
  EKE_I64 = 8,
  EKE_BOOL = 9, /* one byte, 0 or 1 */
  EKE_F64 = 10
};

/* One argument of an entry. */
typedef struct {
  const char *name;
  int32_t dtype; /* EKE_F32 … */
  int32_t rank;
  const int64_t *shape; /* rank extents, outermost first */
  int32_t is_output;    /* 0: the entry reads it, 1: the entry writes it */
  /* What the integers of an input may be, both included; INT64_MIN and INT64_MAX
   * where any will do. The entry relies on it: see eke_call. */
  int64_t min, max;
} eke_tensor;

/* One function of the model, compiled for a fixed number of rows. */
typedef struct {
  const char *name; /* for people */
  const char *role; /* for programs, such as EKE_ROLE_HEAD; "" if it has none */
  int64_t rows;
  int64_t period_ns; /* the time from one call to the next; 0: not known */
  int32_t arg_count;
  const eke_tensor *args; /* inputs in order, then outputs in order */

  /* args[i]: data of tensor i, aligned to 64 bytes or at least to its element.
   * state: what lives from call to call (key-value caches), state_bytes.
   * arena: scratch, arena_bytes; its contents mean nothing between calls.
   * Both are aligned to 64 bytes. */
  void (*call)(void *const *args, uint8_t *state, uint8_t *arena);

  uint64_t weight_bytes; /* of weights that a call reads, each time it does */
  uint64_t arena_bytes;  /* of the arena that a call needs */
} eke_entry;

/* What survives from one call to the next: a key-value cache, the cell of a
 * recurrent layer, the left context of a convolution. */
typedef struct {
  const char *name;
  int32_t dtype;
  int32_t rank;
  const int64_t *shape;
  uint64_t offset; /* in the model's state, a multiple of 64 */
  uint64_t bytes;
  /* What it is at start: initial_bytes bytes, again and again; null: zeros. */
  const void *initial;
  uint64_t initial_bytes;
} eke_state;

/*===- Language models -----------------------------------------------------===*/

/* No model drafts more tokens before it verifies them. */
enum { EKE_MOST_DRAFTS = 15 };

/* The roles of a language model's entries. */
#define EKE_ROLE_TRUNK "trunk"
#define EKE_ROLE_HEAD "head"
#define EKE_ROLE_DRAFT "draft"
#define EKE_ROLE_VERIFY "verify"
#define EKE_ROLE_EXIT_HEAD "exit_head"

/* To continue a text: eke_encode it, run trunk on bos and its tokens, head on the
 * last row of hidden; choose a token by its logits, print its eke_token_bytes,
 * run trunk on it at the next position, and so on.
 *
 * A language model has entries of these roles:
 *   trunk, rows 1:      tokens i32[1], position i64[1]      -> hidden f32[1,width]
 *   trunk, rows chunk:  tokens i32[chunk], position i64[1]  -> hidden f32[chunk,width]
 *   trunk, other rows between them, if the compiler found them worth having
 *   head, rows 1:       hidden f32[1,width]                 -> logits f32[1,vocab]
 * and, if it may exit early, for the blocks before the exit and for those behind:
 *   draft, rows 1:      tokens i32[1], position i64[1]      -> hidden f32[1,width]
 *   verify, some rows:  hidden f32[rows,width], position    -> hidden f32[rows,width]
 * where a draft of each row and a verify of them together do what trunk does, and,
 * if the exit's head is another one,
 *   exit_head, rows 1:  hidden f32[1,width]                 -> logits f32[1,some]
 * with logits of the first some tokens.
 * `position` is that of the first row; the rows follow each other. What a trunk at
 * position p gives depends, of the state, only on what earlier calls wrote for
 * positions below p, so a new sequence starts at position 0 whatever the state
 * holds. */
typedef struct {
  int32_t vocab;
  int32_t width;
  int32_t context;          /* positions 0 … context-1 exist */
  int32_t bos;              /* starts every sequence, or -1 */
  int32_t end_count;        /* of ends */
  int32_t chunk;            /* rows of the wide trunk; 1 when there is none */
  const uint8_t *tokenizer; /* an eke_tokenizer, aligned to 8 bytes */
  uint64_t tokenizer_bytes;
  const int32_t *ends; /* each of these tokens ends a text */
  int32_t runs;        /* uses of blocks by a trunk; 0: not known */
  int32_t exit;        /* of these, before the exit; 0: the model has none */
  int32_t drafts;  /* most tokens to draft at once; 0: exit where sure enough */
  float threshold; /* which is: at a best probability of at least this */
  float head;      /* what a head costs, in runs of a block */
  float exit_head; /* what the head at the exit costs */
  /* What it costs to verify 1, 2, … rows, behind the exit and with the head, in parts
   * of what one row costs. Only the first drafts + 1 count. */
  float rows[EKE_MOST_DRAFTS + 1];
} eke_language;

/*===- The model -----------------------------------------------------------===*/

typedef struct {
  uint32_t abi_version; /* EKE_ABI_VERSION */
  const char *name;
  const char *target;           /* as `eke targets` lists it */
  const char *compiler_version; /* "0.1.0" */
  const char *model_hash; /* hexadecimal digest of description and weights */
  const char *weights_format; /* "i8" … */
  uint64_t weight_bytes;
  uint64_t state_bytes;
  uint64_t arena_bytes;
  /* A state and an arena, aligned to 64 bytes. Others may take their places, of
   * so many bytes, such as a state for each of several sequences. Null in an
   * executable, which reserves both when it starts. */
  uint8_t *state;
  uint8_t *arena;
  int32_t entry_count;
  int32_t state_count;
  const eke_entry *entries;
  const eke_state *states;
  const eke_language *language; /* null: a plain tensor program */
} eke_model;

/* The entry of this name, or of this role, and number of rows (0: the first such
 * entry), or null. */
EKE_API const eke_entry *eke_find_entry(const eke_model *model,
                                        const char *name, int64_t rows);
EKE_API const eke_entry *eke_find_role(const eke_model *model, const char *role,
                                       int64_t rows);

/* Makes a state what it is at start. Every state begins with it, and so does every
 * new sequence of a model that is no language model. `model->state` is zero before. */
EKE_API void eke_reset(const eke_model *model, uint8_t *state);

/* Runs an entry if all its integer inputs are within their bounds. Returns 0, or
 * ERANGE without running it. entry->call does the same without looking: it is for
 * who knows the inputs, and an index out of bounds reaches any memory. */
EKE_API int eke_call(const eke_entry *entry, void *const *args, uint8_t *state,
                     uint8_t *arena);

/* The first input that has an integer out of its bounds, and which of its elements
 * that is; -1 if there is none. */
EKE_API int32_t eke_find_out_of_bounds(const eke_entry *entry,
                                       void *const *args, int64_t *element);

/* Creates the worker threads: parallel loops then run on `threads` threads, the
 * calling one included. Call it at most once, before any entry. Returns 0, or
 * an errno value: EINVAL unless 1 <= threads <= EKE_MAX_THREADS, EBUSY when
 * called twice, or the reason why no thread could be created. Without this call
 * everything runs on the calling thread. */
#define EKE_MAX_THREADS 64
EKE_API int eke_start_threads(int threads);

/* Runs f(ctx, i, closure) once for each min <= i < min+size, on the threads there
 * are. Each begins with a contiguous part of its own, the same for the same range,
 * and then takes what others have not begun. Generated kernels call it. Returns a
 * non-zero result of f, if there was one, or 0. */
EKE_API int halide_do_par_for(void *ctx,
                              int (*f)(void *ctx, int i, uint8_t *closure),
                              int min, int size, uint8_t *closure);

/*===- Text ----------------------------------------------------------------===*/

/* Writes the tokens of a text, without bos, and returns how many; -1 when they
 * or the scratch memory might not fit. 2*bytes tokens and EKE_ENCODE_SCRATCH
 * bytes of scratch, aligned to 4, always do. Text that is no UTF-8 is taken
 * byte for byte. */
#define EKE_ENCODE_SCRATCH(bytes) (36 * ((size_t)(bytes) + 1))
EKE_API int64_t eke_encode(const eke_language *language, const char *text,
                           size_t bytes, int32_t *tokens, size_t capacity,
                           void *scratch, size_t scratch_bytes);

/* Does the token end a text? */
EKE_API int eke_is_end(const eke_language *language, int32_t token);

/* The bytes a token stands for, and how many; they need not be whole characters.
 * None for a number that is no token. */
EKE_API const char *eke_token_bytes(const eke_language *language, int32_t token,
                                    size_t *bytes);

/*===- Tokenizer -----------------------------------------------------------===*/

/* A byte-level BPE tokenizer as one position-independent blob: this header,
 * then the tables it points to. Offsets count bytes from the start of the blob.
 * Every table is aligned to 4 bytes, wide merges included; token_bytes needs no
 * alignment.
 *
 *   table           element                               count
 *   token_offsets   uint32_t                              vocab + 1
 *   token_bytes     uint8_t                               token_offsets[vocab]
 *   byte_ids        uint32_t                              256
 *   merges          eke_merge or eke_wide_merge           merge_count
 *   added           eke_added_token                       added_count
 *   (texts          uint8_t, as added tokens say)
 *   letters         eke_char_range                        letter_count
 *   numbers         eke_char_range                        number_count
 *   spaces          eke_char_range                        space_count
 *
 * Token i stands for the raw bytes token_bytes[token_offsets[i] …
 * token_offsets[i+1]), not for the printable characters by which tokenizer.json
 * writes bytes; an id without a token has no bytes. */
typedef struct {
  uint32_t magic;       /* EKE_TOKENIZER_MAGIC */
  uint32_t version;     /* EKE_TOKENIZER_VERSION */
  uint32_t total_bytes; /* of the blob, header included */
  uint32_t vocab;       /* ids 0 … vocab-1, added tokens included */
  uint32_t flags;       /* EKE_TOKENIZER_… */
  uint32_t token_offsets;
  uint32_t token_bytes;
  uint32_t byte_ids; /* id of the token that is this one byte; EKE_NO_TOKEN */
  uint32_t merges;   /* sorted by (left, right), each pair once */
  uint32_t merge_count;
  uint32_t added; /* any order; no two with the same text, none empty */
  uint32_t added_count;
  uint32_t letters; /* \p{L}; ranges sorted, disjoint */
  uint32_t letter_count;
  uint32_t numbers; /* \p{N} */
  uint32_t number_count;
  uint32_t spaces; /* \s: White_Space */
  uint32_t space_count;
  uint32_t unknown; /* in place of a byte without a token; EKE_NO_TOKEN: none */
} eke_tokenizer;

#define EKE_TOKENIZER_MAGIC 0x4b544b45u /* "EKTK" */
#define EKE_TOKENIZER_VERSION 2u
#define EKE_NO_TOKEN 0xffffffffu

/* Merges are eke_wide_merge. Required when vocab or merge_count exceeds 65536. */
#define EKE_TOKENIZER_WIDE 1u
/* ByteLevel's add_prefix_space: a part that does not start with a space gets
 * one. Parts are what added tokens (and digits, below) leave between them. */
#define EKE_TOKENIZER_PREFIX_SPACE 2u
/* ByteLevel's use_regex: split into words by GPT-2's pattern
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * Without it a part is one word. */
#define EKE_TOKENIZER_GPT2_PATTERN 4u
/* A Digits pre-tokenizer with individual_digits comes before ByteLevel: every
 * character of \p{N} is a part of its own. */
#define EKE_TOKENIZER_SPLIT_DIGITS 8u
/* Unknown bytes of a word that are side by side are one unknown token. */
#define EKE_TOKENIZER_FUSE_UNKNOWN 16u
/* Tokens left and right, side by side, become result. The pair of smallest rank
 * in a word is merged first, the leftmost of equals. */
typedef struct {
  uint16_t left, right, rank, result;
} eke_merge;

typedef struct {
  uint32_t left, right, rank, result;
} eke_wide_merge;

/* A token found in the text before any splitting, the longest at a position
 * first. What it looks like there may differ from the bytes that it stands for in
 * decoded text. What else tokenizer.json can say (lstrip, rstrip, single_word,
 * ignore_merges, normalizers, other patterns) has no place here: who writes the
 * blob refuses it. */
typedef struct {
  uint32_t id;
  uint32_t flags;
  uint32_t text; /* an offset in the blob */
  uint32_t text_bytes;
} eke_added_token;

/* Left out of decoded text. */
#define EKE_ADDED_SPECIAL 1u
/* tokenizer.json's "normalized": found only in what tokens without it leave. */
#define EKE_ADDED_NORMALIZED 2u

/* Code points first … last, both included. */
typedef struct {
  uint32_t first, last;
} eke_char_range;

#ifdef __cplusplus
}
#endif

#endif /* EKE_ABI_H */
