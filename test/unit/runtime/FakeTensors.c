//===- FakeTensors.c - A tensor program that can be computed by hand ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sum/2: c[2,3] = a + b, and how many calls came before, which the state keeps, 7
// at start.
// In C, to see that abi.h is.
//===----------------------------------------------------------------------===//

#include "eke/abi.h"
#include "eke/program.h"

static void sum(void *const *args, uint8_t *state, uint8_t *arena) {
  (void)arena;
  const float *a = args[0], *b = args[1];
  float *c = args[2];
  for (int i = 0; i < 6; ++i)
    c[i] = a[i] + b[i];
  *(uint8_t *)args[3] = state[0]++;
}

static const int64_t shape[] = {2, 3}, one[] = {1};
#define ANY INT64_MIN, INT64_MAX
static const eke_tensor args[] = {{"a", EKE_F32, 2, shape, 0, ANY},
                                  {"b", EKE_F32, 2, shape, 0, ANY},
                                  {"c", EKE_F32, 2, shape, 1, ANY},
                                  {"calls", EKE_U8, 1, one, 1, ANY}};
static const eke_entry entries[] = {
    {"sum", "adder", 2, 640 * 1000 * 1000, 4, args, sum, 0, 0}};

static const uint8_t seven = 7;
static const eke_state states[] = {{"calls", EKE_U8, 1, one, 0, 1, &seven, 1}};

const eke_model eke_program = {EKE_ABI_VERSION,
                               "fake-sum",
                               "host",
                               "0.1.0",
                               "def",
                               "f32",
                               0,
                               64,
                               64,
                               NULL,
                               NULL,
                               1,
                               1,
                               entries,
                               states,
                               NULL};
const eke_cpu_needs eke_program_needs = {"host", 0, NULL};
