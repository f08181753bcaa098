//===- Abi.cpp - The model's layout ---------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The assertions repeat what codegen/llvm emits.
//===----------------------------------------------------------------------===//

#include "runtime/core/AbiLayout.h"

#include "eke/abi.h"
#include "eke/program.h"

#include <stddef.h>

#define EKE_FIELD(type, member, with8, with4)                                  \
  static_assert(offsetof(type, member) ==                                      \
                    (sizeof(void *) == 8 ? (with8) : (with4)),                 \
                #type "." #member " moved");
#define EKE_SIZE(type, with8, with4)                                           \
  static_assert(sizeof(type) == (sizeof(void *) == 8 ? (with8) : (with4)),     \
                #type " has another size");
EKE_LAYOUT(EKE_FIELD, EKE_SIZE)

// The same wherever pointers have whatever size.
static_assert(sizeof(eke_tokenizer) == 136);
static_assert(sizeof(eke_merge) == 8 && sizeof(eke_wide_merge) == 16);
static_assert(sizeof(eke_added_token) == 16 && sizeof(eke_char_range) == 8);
static_assert(sizeof(eke_normalizer) == 20 && sizeof(eke_char_map) == 8);
static_assert(sizeof(eke_split) == 16 && sizeof(eke_pattern) == 32);
static_assert(sizeof(eke_composition) == 12 && sizeof(eke_score) == 8);
