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

#define EKE_ABI_VERSION 6u

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
#define EKE_ROLE_EMBED "embed"
#define EKE_ROLE_ENCODER "encoder"

/* The texts of a conversation around its messages, in which added tokens are tokens:
 *
 *   start               user's message  after_user  answer  after_assistant
 *   before_system SYSTEM after_system   …or so, with a system message
 *                       user's message  after_user  answer  …
 *
 * bos is part of `start`, if it is needed. An answer ends at one of the model's ends, or
 * where the model begins after_assistant. */
typedef struct {
  const char *start;
  const char
      *before_system; /* null, as after_system: there is no such message */
  const char *after_system;
  const char *after_user;
  const char *after_assistant;
  /* Whether messages of user and system lose white space at their ends. */
  int32_t trims_user, trims_system;
} eke_chat;

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
 * with logits of the first some tokens; and, if it gives embeddings of texts,
 *   embed, rows 1:      hidden f32[1,width]                 -> embedding f32[1,width]
 * which is what the head multiplies.
 * `position` is that of the first row; the rows follow each other. What a trunk at
 * position p gives depends, of the state, only on what earlier calls wrote for
 * positions below p, so a new sequence starts at position 0 whatever the state
 * holds. */
/* To make a vector of a text, if the model has an entry of the role encoder: eke_encode
 * it, put bos before its tokens and ends[0] behind them, and run the encoder for fewest
 * rows that takes so many:
 *   encoder, some rows: tokens i32[rows], length i64[1]     -> vector f32[1,width]
 * Tokens from number `length` on may be any. The one for most rows takes `chunk`. */
typedef struct {
  int32_t vocab;
  int32_t width;
  int32_t context;   /* positions 0 … context-1 exist */
  int32_t bos;       /* starts every sequence, or -1 */
  int32_t end_count; /* of ends */
  int32_t chunk; /* rows of the wide trunk, 1 when there is none, or encoder */
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
  const eke_chat *chat; /* null: the model is not made for conversations */
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
   * executable that reserves both when it starts. */
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

/* The most tokens that a text of so many bytes can become, and the scratch memory that
 * eke_encode needs for it. */
EKE_API void eke_encode_needs(const eke_language *language, size_t bytes,
                              size_t *tokens, size_t *scratch_bytes);

/* Writes the tokens of a text, without bos, and returns how many; -1 when there is less
 * room than eke_encode_needs asks for. Scratch is aligned to 8 bytes. Text that is no
 * UTF-8 is taken byte for byte. */
EKE_API int64_t eke_encode(const eke_language *language, const char *text,
                           size_t bytes, int32_t *tokens, size_t capacity,
                           void *scratch, size_t scratch_bytes);

/* Does the token end a text? */
EKE_API int eke_is_end(const eke_language *language, int32_t token);

/* The bytes a token stands for, and how many; they need not be whole characters.
 * None for a number that is no token. In front of a text some tokenizers leave a space
 * out: see EKE_TOKENIZER_STRIP. */
EKE_API const char *eke_token_bytes(const eke_language *language, int32_t token,
                                    size_t *bytes);

/*===- Tokenizer -----------------------------------------------------------===*/

/* A tokenizer as one position-independent blob: this header, then the tables it
 * points to. Offsets count bytes from the start of the blob; a table of no elements
 * may lie anywhere. Every table is aligned to 4 bytes, wide merges included; bytes need
 * no alignment.
 *
 *   table           element                               count
 *   token_offsets   uint32_t                              vocab + alias_count + 1
 *   token_bytes     uint8_t                               the last of token_offsets
 *   alias_ids       uint32_t                              alias_count
 *   byte_ids        uint16_t or (wide) uint32_t           256 or 0
 *   sorted          uint16_t or (wide) uint32_t           sorted_count
 *   merges          eke_merge or (wide) eke_wide_merge    merge_count
 *   scores          eke_score, or float                   vocab + alias_count + 1, or 0
 *   added           eke_added_token                       added_count
 *   normalizers     eke_normalizer                        normalizer_count
 *   splits          eke_split                             split_count
 *   patterns        eke_pattern                           pattern_count
 *   word_chars      eke_char_range                        word_char_count
 *
 * A text goes through added tokens, normalizers, added tokens that are normalized, and
 * splits. Of each word that is left the model makes tokens.
 *
 * Token i stands for the raw bytes token_bytes[token_offsets[i] …
 * token_offsets[i+1]), not for what a tokenizer's file writes for bytes and spaces; an
 * id without a token has no bytes. The same bytes are what the model looks for in a
 * word, if `sorted` has i. Where the two differ, `sorted` has a number from vocab on
 * instead: an alias, whose bytes are behind those of the tokens and which means the
 * token alias_ids[number - vocab]. */
typedef struct {
  uint32_t magic;       /* EKE_TOKENIZER_MAGIC */
  uint32_t version;     /* EKE_TOKENIZER_VERSION */
  uint32_t total_bytes; /* of the blob, header included */
  uint32_t vocab;       /* ids 0 … vocab-1, added tokens included */
  uint32_t model;       /* EKE_TOKENIZER_MERGES … */
  uint32_t flags;       /* EKE_TOKENIZER_… */
  uint32_t unknown;     /* in place of what has no token; EKE_NO_TOKEN: none */
  /* Of a text between added tokens, normalizers make at most `growth` bytes for each
   * byte and `extra` more. */
  uint32_t growth, extra;
  uint32_t
      longest_word; /* WordPiece: characters of a word that is not unknown */
  uint32_t strip;   /* EKE_TOKENIZER_STRIP: spaces */
  uint32_t token_offsets;
  uint32_t token_bytes;
  uint32_t alias_ids;
  uint32_t alias_count;
  uint32_t
      byte_ids; /* id of the token that is this one byte; all bits set: none */
  uint32_t byte_id_count;
  uint32_t
      sorted; /* texts that a word is searched for, by their bytes, each once */
  uint32_t sorted_count;
  uint32_t merges; /* sorted by (left, right), each pair once */
  uint32_t merge_count;
  uint32_t scores;
  uint32_t score_count;
  uint32_t
      added; /* sorted: those that are not normalized first, then by text */
  uint32_t added_count;
  uint32_t added_first_count; /* of these, not normalized */
  uint32_t normalizers;
  uint32_t normalizer_count;
  uint32_t splits; /* at most EKE_MOST_SPLITS */
  uint32_t split_count;
  uint32_t patterns;
  uint32_t pattern_count;
  uint32_t word_chars; /* ranges sorted, disjoint: EKE_ADDED_SINGLE_WORD */
  uint32_t word_char_count;
} eke_tokenizer;

#define EKE_TOKENIZER_MAGIC 0x4b544b45u /* "EKTK" */
#define EKE_TOKENIZER_VERSION 3u
#define EKE_NO_TOKEN 0xffffffffu

/* What makes tokens of a word.
 * MERGES: it starts as one token per byte (byte_ids), or with EKE_TOKENIZER_CHARACTERS
 *   per character, and tokens are merged.
 * SCORES: the tokens of largest sum of scores.
 * LONGEST: the longest token, again and again; tokens that start a word start with a
 *   space here. */
enum {
  EKE_TOKENIZER_MERGES = 0,
  EKE_TOKENIZER_SCORES = 1,
  EKE_TOKENIZER_LONGEST = 2
};

/* byte_ids, sorted and merges are wide. Required when vocab + alias_count or a merge's
 * rank exceeds 65535. */
#define EKE_TOKENIZER_WIDE 1u
/* Words are taken character by character. Those without a token are bytes if there are
 * byte_ids for all of theirs, or else unknown. */
#define EKE_TOKENIZER_CHARACTERS 2u
/* Unknown characters of a word that are side by side are one unknown token. */
#define EKE_TOKENIZER_FUSE_UNKNOWN 4u
/* A word that `sorted` has is that token. */
#define EKE_TOKENIZER_WHOLE_WORDS 8u
/* U+2581 in a word is a space. */
#define EKE_TOKENIZER_MARKED_SPACES 16u
/* Sums of scores are rounded to float. */
#define EKE_TOKENIZER_SINGLE 32u
/* Decoded text starts without `strip` of its spaces: with STRIP_FIRST, without those of
 * its first token only. */
#define EKE_TOKENIZER_STRIP 64u
#define EKE_TOKENIZER_STRIP_FIRST 128u
/* The first token has no spaces at all. */
#define EKE_TOKENIZER_FIRST_WITHOUT_SPACES 256u
/* What is no UTF-8 in decoded text is replaced byte for byte, not in its maximal
 * parts. */
#define EKE_TOKENIZER_REPLACE_BYTES 512u

/* Behind the normalizers a space is U+2581, which is no white space. */
#define EKE_TOKENIZER_MARKED_TEXT 2048u
/* Scores are float, not double. */
#define EKE_TOKENIZER_FLOAT_SCORES 1024u

/* Tokens left and right, side by side, become result. The pair of smallest rank
 * in a word is merged first, the leftmost of equals. */
typedef struct {
  uint16_t left, right, rank, result;
} eke_merge;

typedef struct {
  uint32_t left, right, rank, result;
} eke_wide_merge;

/* A double in two halves, so that it needs no alignment to 8 bytes. The last one of
 * `scores` is for a character that is unknown. */
typedef struct {
  uint32_t low, high;
} eke_score;

/* A token found in the text before any splitting, the longest at a position
 * first. What it looks like there may differ from the bytes that it stands for in
 * decoded text. */
typedef struct {
  uint32_t id;
  uint32_t flags;
  uint32_t text; /* an offset in the blob */
  uint32_t text_bytes;
} eke_added_token;

/* Left out of decoded text. */
#define EKE_ADDED_SPECIAL 1u
/* Not beside a word_char. */
#define EKE_ADDED_SINGLE_WORD 2u
/* Takes the white space in front of it, and behind it. */
#define EKE_ADDED_LEFT_STRIP 4u
#define EKE_ADDED_RIGHT_STRIP 8u
/* EKE_TOKENIZER_FIRST_WITHOUT_SPACES is not for this token. */
#define EKE_ADDED_LITERAL 16u

/* A step that changes a whole text. */
typedef struct {
  uint32_t kind; /* EKE_NORMALIZE_… */
  uint32_t table;
  uint32_t count;
  uint32_t text;
  uint32_t text_bytes;
} eke_normalizer;

enum {
  /* Every character by `table`, eke_char_map[count], sorted; texts are in `text`. */
  EKE_NORMALIZE_MAP = 0,
  /* The same, and Hangul syllables become their letters. */
  EKE_NORMALIZE_DECOMPOSE = 1,
  /* Combining marks in canonical order: `table`, eke_char_map[count], has classes. */
  EKE_NORMALIZE_REORDER = 2,
  /* Canonical composition: `table` has classes, and `text` eke_composition[text_bytes /
   * 12], sorted. */
  EKE_NORMALIZE_COMPOSE = 3,
  /* Every match of the pattern number `count` becomes `text`. */
  EKE_NORMALIZE_REPLACE = 4,
  /* `text` in front. */
  EKE_NORMALIZE_PREPEND = 5,
  /* Without white space at the start (count & 1) and at the end (2); of spaces only (4). */
  EKE_NORMALIZE_STRIP = 6,
  /* The longest key at each place becomes its text: `table`, uint32_t[count], is a
   * double array; `text` has texts that end with a zero byte. */
  EKE_NORMALIZE_KEYS = 7,
  /* No space at the start, nor behind another. */
  EKE_NORMALIZE_COLLAPSE = 8
};

/* The characters `first`, a 21-bit number, and as many behind it as the 11 bits above
 * say. Their `value` is, by its two highest bits: 0, the text at the lower 24 bits, of as
 * many bytes as the 6 bits between say; 1, that far away, as a signed number of 30 bits;
 * 2, the same between two spaces. Of a class it is the class. */
typedef struct {
  uint32_t first, value;
} eke_char_map;

/* Two characters, and the one they become. */
typedef struct {
  uint32_t left, right, result;
} eke_composition;

/* A step that cuts each part into smaller ones. */
enum { EKE_MOST_SPLITS = 8 };
typedef struct {
  uint32_t kind;     /* EKE_SPLIT_… */
  uint32_t pattern;  /* its number */
  uint32_t behavior; /* EKE_SPLIT_ISOLATED … */
  uint32_t
      inverted; /* what is not matched is meant; of a prefix: U+2581 is a space */
} eke_split;

enum {
  EKE_SPLIT_PATTERN = 0,
  /* A part that does not start with a space gets one. */
  EKE_SPLIT_PREFIX_SPACE = 1,
  /* The same for the part at the start of the text. */
  EKE_SPLIT_PREFIX_FIRST_SPACE = 2
};
enum {
  EKE_SPLIT_ISOLATED = 0,
  EKE_SPLIT_REMOVED = 1,
  EKE_SPLIT_CONTIGUOUS = 2,
  EKE_SPLIT_MERGED_WITH_PREVIOUS = 3,
  EKE_SPLIT_MERGED_WITH_NEXT = 4
};

/* A pattern as a deterministic automaton on classes of characters. `states` has a row
 * for each state with, for each class and then for the end of the text, the state behind
 * such a character; EKE_PATTERN_MATCH is set where a match ends in front of it. State 0
 * ends the search, state 1 starts it. A state with a number in `loops` stays in itself
 * without matching; see runtime/text/Matcher.h. */
typedef struct {
  uint32_t ascii; /* uint8_t[128]: classes */
  uint32_t
      ranges; /* uint32_t[range_count]: first character << 8 | class, sorted */
  uint32_t range_count;
  uint32_t class_count;
  uint32_t broken_class; /* of a byte that is no UTF-8 */
  uint32_t states;       /* uint16_t[state_count][class_count + 1] */
  uint32_t state_count;
  uint32_t loops; /* uint8_t[state_count]: 0, or 1 … EKE_MOST_LOOPS */
} eke_pattern;

#define EKE_PATTERN_MATCH 0x8000u
enum { EKE_MOST_LOOPS = 8 };

/* Code points first … last, both included. */
typedef struct {
  uint32_t first, last;
} eke_char_range;

#ifdef __cplusplus
}
#endif

#endif /* EKE_ABI_H */
