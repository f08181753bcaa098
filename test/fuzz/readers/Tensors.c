//===- Tensors.c - A tensor program of every type -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For each type an entry that copies its input, whose elements have bounds where
// they are integers. A program may be asked to run an entry 10^15 times: the third
// ends it.
//===----------------------------------------------------------------------===//

#include "eke/abi.h"
#include "eke/program.h"

#include <string.h>
#include <unistd.h>

static int calls;

static void copy(void *const *args, size_t bytes) {
  memcpy(args[1], args[0], bytes);
  if (++calls % 3 == 0)
    _exit(0);
}

static const int64_t shape[] = {2, 3};

#define ENTRY(NAME, DTYPE, BYTES, MIN, MAX)                                    \
  static void copy_##NAME(void *const *args, uint8_t *state, uint8_t *arena) { \
    (void)state, (void)arena;                                                  \
    copy(args, 6 * BYTES);                                                     \
  }                                                                            \
  static const eke_tensor args_##NAME[] = {                                    \
      {"in", DTYPE, 2, shape, 0, MIN, MAX},                                    \
      {"out", DTYPE, 2, shape, 1, INT64_MIN, INT64_MAX}};

#define USE(NAME) {#NAME, "", 2, 0, 2, args_##NAME, copy_##NAME, 0, 0}

ENTRY(f16, EKE_F16, 2, INT64_MIN, INT64_MAX)
ENTRY(f32, EKE_F32, 4, INT64_MIN, INT64_MAX)
ENTRY(f64, EKE_F64, 8, INT64_MIN, INT64_MAX)
ENTRY(i8, EKE_I8, 1, -100, 100)
ENTRY(u8, EKE_U8, 1, 0, 100)
ENTRY(i16, EKE_I16, 2, 0, 1000)
ENTRY(i32, EKE_I32, 4, 0, 31999)
ENTRY(i64, EKE_I64, 8, -5, 5)
ENTRY(bool, EKE_BOOL, 1, 0, 1)

static const eke_entry entries[] = {USE(f16), USE(f32), USE(f64),
                                    USE(i8),  USE(u8),  USE(i16),
                                    USE(i32), USE(i64), USE(bool)};

const eke_model eke_program = {EKE_ABI_VERSION,
                               "tensors",
                               "host",
                               "0.1.0",
                               "def",
                               "f32",
                               0,
                               64,
                               64,
                               NULL,
                               NULL,
                               9,
                               0,
                               entries,
                               NULL,
                               NULL};
const eke_cpu_needs eke_program_needs = {"host", 0, NULL};
