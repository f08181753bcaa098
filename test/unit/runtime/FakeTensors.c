//===- FakeTensors.c - A tensor program that can be computed by hand ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sum/2: c[2,3] = a + b, and how many calls came before, which the state keeps.
// In C, to see that abi.h is.
//===----------------------------------------------------------------------===//

#include "eke/abi.h"

static void sum(void *const *args, uint8_t *state, uint8_t *arena) {
  (void)arena;
  const float *a = args[0], *b = args[1];
  float *c = args[2];
  for (int i = 0; i < 6; ++i)
    c[i] = a[i] + b[i];
  *(uint8_t *)args[3] = state[0]++;
}

static const int64_t shape[] = {2, 3}, one[] = {1};
static const eke_tensor args[] = {{"a", EKE_F32, 2, shape, 0},
                                  {"b", EKE_F32, 2, shape, 0},
                                  {"c", EKE_F32, 2, shape, 1},
                                  {"calls", EKE_U8, 1, one, 1}};
static const eke_entry entries[] = {{"sum", 2, 4, args, sum}};

const eke_model eke_model_info = {
    EKE_ABI_VERSION, "fake-sum", "host", "0.1.0", "def", "f32", 0, 64, 64, 1,
    entries,         NULL};
_Alignas(64) uint8_t eke_state[64];
_Alignas(64) uint8_t eke_arena[64];
