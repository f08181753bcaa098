//===- Abi.cpp - The model's layout, and finding an entry -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The assertions repeat what codegen/llvm emits. Pointers have 4 or 8 bytes.
//===----------------------------------------------------------------------===//

#include "eke/abi.h"

#include <string.h>

/// The offset of a member that follows `words` pointers and `bytes` others.
#define EKE_AT(type, member, words, bytes)                                     \
  static_assert(offsetof(type, member) == (words) * sizeof(void *) + (bytes),  \
                #type "." #member " moved")

EKE_AT(eke_tensor, name, 0, 0);
EKE_AT(eke_tensor, dtype, 1, 0);
EKE_AT(eke_tensor, rank, 1, 4);
EKE_AT(eke_tensor, shape, 1, 8);
EKE_AT(eke_tensor, is_output, 2, 8);
static_assert(sizeof(eke_tensor) == (sizeof(void *) == 8 ? 32 : 20));

static_assert(offsetof(eke_entry, rows) == 8);
static_assert(offsetof(eke_entry, arg_count) == 16);
EKE_AT(eke_entry, args, 1, 16);
EKE_AT(eke_entry, call, 2, 16);
static_assert(sizeof(eke_entry) == (sizeof(void *) == 8 ? 48 : 40));

static_assert(offsetof(eke_language, vocab) == 0);
static_assert(offsetof(eke_language, width) == 4);
static_assert(offsetof(eke_language, context) == 8);
static_assert(offsetof(eke_language, bos) == 12);
static_assert(offsetof(eke_language, eos) == 16);
static_assert(offsetof(eke_language, chunk) == 20);
static_assert(offsetof(eke_language, tokenizer) == 24);
static_assert(offsetof(eke_language, tokenizer_bytes) == 32);
static_assert(sizeof(eke_language) == 128);

EKE_AT(eke_model, name, 1, 0);
EKE_AT(eke_model, target, 2, 0);
EKE_AT(eke_model, compiler_version, 3, 0);
EKE_AT(eke_model, model_hash, 4, 0);
EKE_AT(eke_model, weights_format, 5, 0);
EKE_AT(eke_model, weight_bytes, 6, 0);
EKE_AT(eke_model, state_bytes, 6, 8);
EKE_AT(eke_model, arena_bytes, 6, 16);
EKE_AT(eke_model, entry_count, 6, 24);
EKE_AT(eke_model, entries, sizeof(void *) == 8 ? 7 : 6,
       sizeof(void *) == 8 ? 24 : 28);
static_assert(sizeof(eke_model) == (sizeof(void *) == 8 ? 96 : 64));

static_assert(sizeof(eke_tokenizer) == 72);
static_assert(sizeof(eke_merge) == 8 && sizeof(eke_wide_merge) == 16);
static_assert(sizeof(eke_added_token) == 8 && sizeof(eke_char_range) == 8);

const eke_entry *eke_find_entry(const eke_model *model, const char *name,
                                int64_t rows) {
  for (int32_t i = 0; i < model->entry_count; ++i) {
    const eke_entry &entry = model->entries[i];
    if (strcmp(entry.name, name) == 0 && (rows == 0 || rows == entry.rows))
      return &entry;
  }
  return nullptr;
}
