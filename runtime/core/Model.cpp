//===- Model.cpp - Entries and states of a model ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "eke/abi.h"

#include <errno.h>
#include <string.h>

//===----------------------------------------------------------------------===//
// Finding
//===----------------------------------------------------------------------===//

static bool matches(const char *text, const char *wanted, int64_t rows,
                    const eke_entry &entry) {
  return strcmp(text, wanted) == 0 && (rows == 0 || rows == entry.rows);
}

const eke_entry *eke_find_entry(const eke_model *model, const char *name,
                                int64_t rows) {
  for (int32_t i = 0; i < model->entry_count; ++i)
    if (matches(model->entries[i].name, name, rows, model->entries[i]))
      return &model->entries[i];
  return nullptr;
}

const eke_entry *eke_find_role(const eke_model *model, const char *role,
                               int64_t rows) {
  for (int32_t i = 0; i < model->entry_count; ++i)
    if (matches(model->entries[i].role, role, rows, model->entries[i]))
      return &model->entries[i];
  return nullptr;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

void eke_reset(const eke_model *model, uint8_t *state) {
  for (int32_t i = 0; i < model->state_count; ++i) {
    const eke_state &one = model->states[i];
    uint8_t *to = state + one.offset;
    if (!one.initial) {
      memset(to, 0, size_t(one.bytes));
      continue;
    }
    for (uint64_t done = 0; done < one.bytes; done += one.initial_bytes)
      memcpy(to + done, one.initial, size_t(one.initial_bytes));
  }
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

template <typename Integer>
static int64_t findOutside(const eke_tensor &tensor, const void *data,
                           int64_t count) {
  auto *elements = static_cast<const Integer *>(data);
  for (int64_t i = 0; i < count; ++i)
    if (int64_t(elements[i]) < tensor.min || int64_t(elements[i]) > tensor.max)
      return i;
  return -1;
}

/// The first element out of bounds, or -1.
static int64_t findOutside(const eke_tensor &tensor, const void *data) {
  if (tensor.is_output || (tensor.min == INT64_MIN && tensor.max == INT64_MAX))
    return -1;
  int64_t count = 1;
  for (int32_t i = 0; i < tensor.rank; ++i)
    count *= tensor.shape[i];
  switch (tensor.dtype) {
  case EKE_I8:
    return findOutside<int8_t>(tensor, data, count);
  case EKE_U8:
  case EKE_BOOL:
    return findOutside<uint8_t>(tensor, data, count);
  case EKE_I16:
    return findOutside<int16_t>(tensor, data, count);
  case EKE_I32:
    return findOutside<int32_t>(tensor, data, count);
  case EKE_I64:
    return findOutside<int64_t>(tensor, data, count);
  default:
    return -1; // no integers
  }
}

int32_t eke_find_out_of_bounds(const eke_entry *entry, void *const *args,
                               int64_t *element) {
  for (int32_t i = 0; i < entry->arg_count; ++i)
    if (int64_t at = findOutside(entry->args[i], args[i]); at >= 0) {
      *element = at;
      return i;
    }
  return -1;
}

int eke_call(const eke_entry *entry, void *const *args, uint8_t *state,
             uint8_t *arena) {
  int64_t element;
  if (eke_find_out_of_bounds(entry, args, &element) >= 0)
    return ERANGE;
  entry->call(args, state, arena);
  return 0;
}
