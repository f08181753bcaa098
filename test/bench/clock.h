/*===- clock.h - Seconds --------------------------------------------------===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *===----------------------------------------------------------------------===*/
#ifndef EKE_TEST_BENCH_CLOCK_H
#define EKE_TEST_BENCH_CLOCK_H

#include <time.h>

/* Seconds since some moment in the past. */
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

#endif /* EKE_TEST_BENCH_CLOCK_H */
