//===- AbiLayout.h - Where the members of the ABI lie -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The offsets of all members of the structures that the compiler emits, and the sizes
// of these, where pointers have 8 bytes and where they have 4. Abi.cpp holds them
// against the C compiler of each architecture; test/unit/llvm against LLVM's layout of
// what codegen/llvm emits.
//===----------------------------------------------------------------------===//

#ifndef EKE_RUNTIME_CORE_ABILAYOUT_H
#define EKE_RUNTIME_CORE_ABILAYOUT_H

// FIELD(structure, member, its offset with 8 bytes, with 4), SIZE(structure, …).
// clang-format off
#define EKE_LAYOUT(FIELD, SIZE)                \
  FIELD(eke_tensor, name, 0, 0)                \
  FIELD(eke_tensor, dtype, 8, 4)               \
  FIELD(eke_tensor, rank, 12, 8)               \
  FIELD(eke_tensor, shape, 16, 12)             \
  FIELD(eke_tensor, is_output, 24, 16)         \
  FIELD(eke_tensor, min, 32, 24)               \
  FIELD(eke_tensor, max, 40, 32)               \
  SIZE(eke_tensor, 48, 40)                     \
  FIELD(eke_entry, name, 0, 0)                 \
  FIELD(eke_entry, role, 8, 4)                 \
  FIELD(eke_entry, rows, 16, 8)                \
  FIELD(eke_entry, period_ns, 24, 16)          \
  FIELD(eke_entry, arg_count, 32, 24)          \
  FIELD(eke_entry, args, 40, 28)               \
  FIELD(eke_entry, call, 48, 32)               \
  FIELD(eke_entry, weight_bytes, 56, 40)       \
  FIELD(eke_entry, arena_bytes, 64, 48)        \
  SIZE(eke_entry, 72, 56)                      \
  FIELD(eke_state, name, 0, 0)                 \
  FIELD(eke_state, dtype, 8, 4)                \
  FIELD(eke_state, rank, 12, 8)                \
  FIELD(eke_state, shape, 16, 12)              \
  FIELD(eke_state, offset, 24, 16)             \
  FIELD(eke_state, bytes, 32, 24)              \
  FIELD(eke_state, initial, 40, 32)            \
  FIELD(eke_state, initial_bytes, 48, 40)      \
  SIZE(eke_state, 56, 48)                      \
  FIELD(eke_chat, start, 0, 0)                 \
  FIELD(eke_chat, before_system, 8, 4)         \
  FIELD(eke_chat, after_system, 16, 8)         \
  FIELD(eke_chat, after_user, 24, 12)          \
  FIELD(eke_chat, after_assistant, 32, 16)     \
  FIELD(eke_chat, trims_user, 40, 20)          \
  FIELD(eke_chat, trims_system, 44, 24)        \
  SIZE(eke_chat, 48, 28)                       \
  FIELD(eke_language, vocab, 0, 0)             \
  FIELD(eke_language, width, 4, 4)             \
  FIELD(eke_language, context, 8, 8)           \
  FIELD(eke_language, bos, 12, 12)             \
  FIELD(eke_language, end_count, 16, 16)       \
  FIELD(eke_language, chunk, 20, 20)           \
  FIELD(eke_language, tokenizer, 24, 24)       \
  FIELD(eke_language, tokenizer_bytes, 32, 32) \
  FIELD(eke_language, ends, 40, 40)            \
  FIELD(eke_language, runs, 48, 44)            \
  FIELD(eke_language, exit, 52, 48)            \
  FIELD(eke_language, drafts, 56, 52)          \
  FIELD(eke_language, threshold, 60, 56)       \
  FIELD(eke_language, head, 64, 60)            \
  FIELD(eke_language, exit_head, 68, 64)       \
  FIELD(eke_language, rows, 72, 68)            \
  FIELD(eke_language, chat, 136, 132)          \
  SIZE(eke_language, 144, 136)                 \
  FIELD(eke_model, abi_version, 0, 0)          \
  FIELD(eke_model, name, 8, 4)                 \
  FIELD(eke_model, target, 16, 8)              \
  FIELD(eke_model, compiler_version, 24, 12)   \
  FIELD(eke_model, model_hash, 32, 16)         \
  FIELD(eke_model, weights_format, 40, 20)     \
  FIELD(eke_model, weight_bytes, 48, 24)       \
  FIELD(eke_model, state_bytes, 56, 32)        \
  FIELD(eke_model, arena_bytes, 64, 40)        \
  FIELD(eke_model, state, 72, 48)              \
  FIELD(eke_model, arena, 80, 52)              \
  FIELD(eke_model, entry_count, 88, 56)        \
  FIELD(eke_model, state_count, 92, 60)        \
  FIELD(eke_model, entries, 96, 64)            \
  FIELD(eke_model, states, 104, 68)            \
  FIELD(eke_model, language, 112, 72)          \
  SIZE(eke_model, 120, 80)                     \
  FIELD(eke_cpu_feature, name, 0, 0)           \
  FIELD(eke_cpu_feature, source, 8, 4)         \
  FIELD(eke_cpu_feature, leaf, 12, 8)          \
  FIELD(eke_cpu_feature, subleaf, 16, 12)      \
  FIELD(eke_cpu_feature, reg, 20, 16)          \
  FIELD(eke_cpu_feature, bits, 24, 24)         \
  SIZE(eke_cpu_feature, 32, 32)                \
  FIELD(eke_cpu_needs, target, 0, 0)           \
  FIELD(eke_cpu_needs, count, 8, 8)            \
  FIELD(eke_cpu_needs, features, 16, 16)       \
  SIZE(eke_cpu_needs, 24, 24)
// clang-format on

#endif // EKE_RUNTIME_CORE_ABILAYOUT_H
