//===- Abi.cpp - The model's layout ---------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The assertions repeat what codegen/llvm emits. Pointers have 4 or 8 bytes.
//===----------------------------------------------------------------------===//

#include "eke/abi.h"

#include <stddef.h>

/// The offset of a member that follows `words` pointers and `bytes` others.
#define EKE_AT(type, member, words, bytes)                                     \
  static_assert(offsetof(type, member) == (words) * sizeof(void *) + (bytes),  \
                #type "." #member " moved")

EKE_AT(eke_tensor, name, 0, 0);
EKE_AT(eke_tensor, dtype, 1, 0);
EKE_AT(eke_tensor, rank, 1, 4);
EKE_AT(eke_tensor, shape, 1, 8);
EKE_AT(eke_tensor, is_output, 2, 8);
static_assert(offsetof(eke_tensor, min) == (sizeof(void *) == 8 ? 32 : 24));
static_assert(sizeof(eke_tensor) == (sizeof(void *) == 8 ? 48 : 40));

EKE_AT(eke_entry, role, 1, 0);
EKE_AT(eke_entry, rows, 2, 0);
EKE_AT(eke_entry, period_ns, 2, 8);
EKE_AT(eke_entry, arg_count, 2, 16);
static_assert(offsetof(eke_entry, args) == (sizeof(void *) == 8 ? 40 : 28));
static_assert(offsetof(eke_entry, call) == (sizeof(void *) == 8 ? 48 : 32));
static_assert(offsetof(eke_entry, weight_bytes) ==
              (sizeof(void *) == 8 ? 56 : 40));
static_assert(sizeof(eke_entry) == (sizeof(void *) == 8 ? 72 : 56));

EKE_AT(eke_state, dtype, 1, 0);
EKE_AT(eke_state, rank, 1, 4);
EKE_AT(eke_state, shape, 1, 8);
EKE_AT(eke_state, offset, 2, 8);
EKE_AT(eke_state, bytes, 2, 16);
EKE_AT(eke_state, initial, 2, 24);
static_assert(sizeof(eke_state) == (sizeof(void *) == 8 ? 56 : 48));

static_assert(offsetof(eke_language, vocab) == 0);
static_assert(offsetof(eke_language, width) == 4);
static_assert(offsetof(eke_language, context) == 8);
static_assert(offsetof(eke_language, bos) == 12);
static_assert(offsetof(eke_language, end_count) == 16);
static_assert(offsetof(eke_language, chunk) == 20);
static_assert(offsetof(eke_language, tokenizer) == 24);
static_assert(offsetof(eke_language, tokenizer_bytes) == 32);
static_assert(offsetof(eke_language, ends) == 40);
static_assert(offsetof(eke_language, chat) == 136);
static_assert(sizeof(eke_language) == 144);

static_assert(offsetof(eke_chat, after_assistant) == 32);
static_assert(offsetof(eke_chat, trims_user) == 40);
static_assert(sizeof(eke_chat) == 48);

EKE_AT(eke_model, name, 1, 0);
EKE_AT(eke_model, target, 2, 0);
EKE_AT(eke_model, compiler_version, 3, 0);
EKE_AT(eke_model, model_hash, 4, 0);
EKE_AT(eke_model, weights_format, 5, 0);
EKE_AT(eke_model, weight_bytes, 6, 0);
EKE_AT(eke_model, state_bytes, 6, 8);
EKE_AT(eke_model, arena_bytes, 6, 16);
EKE_AT(eke_model, state, 6, 24);
EKE_AT(eke_model, arena, 7, 24);
EKE_AT(eke_model, entry_count, 8, 24);
EKE_AT(eke_model, state_count, 8, 28);
EKE_AT(eke_model, entries, 8, 32);
EKE_AT(eke_model, states, 9, 32);
EKE_AT(eke_model, language, 10, 32);
static_assert(sizeof(eke_model) == (sizeof(void *) == 8 ? 120 : 80));

static_assert(sizeof(eke_tokenizer) == 136);
static_assert(sizeof(eke_merge) == 8 && sizeof(eke_wide_merge) == 16);
static_assert(sizeof(eke_added_token) == 16 && sizeof(eke_char_range) == 8);
static_assert(sizeof(eke_normalizer) == 20 && sizeof(eke_char_map) == 8);
static_assert(sizeof(eke_split) == 16 && sizeof(eke_pattern) == 32);
static_assert(sizeof(eke_composition) == 12 && sizeof(eke_score) == 8);
