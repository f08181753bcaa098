//===- Serial.cpp - Loops on the one thread there is ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "eke/abi.h"

#include <errno.h>

int eke_start_threads(int threads) { return threads == 1 ? 0 : EINVAL; }

int halide_do_par_for(void *ctx, int (*task)(void *, int, uint8_t *), int min,
                      int size, uint8_t *closure) {
  int result = 0;
  for (int i = 0; i < size; ++i)
    if (int r = task(ctx, min + i, closure))
      result = r;
  return result;
}
