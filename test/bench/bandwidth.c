/*===- bandwidth.c - How fast this machine reads memory -------------------===*
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *   bandwidth THREADS MEGABYTES SECONDS
 *
 * Every thread reads its part of the memory from start to end, again and again
 * for about so long; prints the bytes per second of the fastest round, in which
 * others disturbed least.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "clock.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Becomes AVX2 or NEON registers. */
typedef uint64_t lanes __attribute__((vector_size(32)));

enum { MAX_THREADS = 64, UNROLL = 8 };

static struct {
  lanes *data;
  size_t count; /* of lanes, per thread */
  int threads;
  double end;
  double best; /* seconds */
  int stop;
  pthread_barrier_t barrier;
} work;

/* Independent sums, so that the loads and not the additions take the time. */
static uint64_t read_all(const lanes *data, size_t count) {
  lanes sum[UNROLL] = {0};
  for (size_t i = 0; i < count; i += UNROLL)
    for (int k = 0; k < UNROLL; ++k)
      sum[k] ^= data[i + (size_t)k];
  lanes all = sum[0];
  for (int k = 1; k < UNROLL; ++k)
    all ^= sum[k];
  return all[0] ^ all[1] ^ all[2] ^ all[3];
}

static void *read_rounds(void *argument) {
  size_t index = (size_t)(uintptr_t)argument;
  uint64_t check = 0;
  for (;;) {
    pthread_barrier_wait(&work.barrier);
    double begin = now();
    check ^= read_all(work.data + index * work.count, work.count);
    pthread_barrier_wait(&work.barrier);
    if (index == 0) {
      double seconds = now() - begin;
      if (work.best == 0 || seconds < work.best)
        work.best = seconds;
      work.stop = now() > work.end;
    }
    pthread_barrier_wait(&work.barrier);
    if (work.stop)
      return (void *)(uintptr_t)check;
  }
}

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "bandwidth: error: %s\n", what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 4)
    fail("expected THREADS MEGABYTES SECONDS");
  int threads = atoi(argv[1]), megabytes = atoi(argv[2]);
  double seconds = atof(argv[3]);
  if (threads < 1 || threads > MAX_THREADS)
    fail("the number of threads is expected to be from 1 to 64");
  if (megabytes < 1 || megabytes > 1 << 16 || !(seconds > 0))
    fail("the size is expected to be from 1 to 65536, the time positive");

  size_t bytes = (size_t)megabytes << 20;
  work.threads = threads;
  work.count = bytes / sizeof(lanes) / (size_t)threads / UNROLL * UNROLL;
  if (posix_memalign((void **)&work.data, 4096, bytes))
    fail("not enough memory");
  memset(work.data, 1, bytes); /* untouched pages would all be one zero page */
  pthread_barrier_init(&work.barrier, NULL, (unsigned)threads);
  work.end = now() + seconds;

  pthread_t others[MAX_THREADS];
  for (int i = 1; i < threads; ++i)
    if (pthread_create(&others[i], NULL, read_rounds, (void *)(uintptr_t)i))
      fail("cannot create a thread");
  uint64_t check = (uint64_t)(uintptr_t)read_rounds((void *)0);
  for (int i = 1; i < threads; ++i) {
    void *result;
    pthread_join(others[i], &result);
    check ^= (uint64_t)(uintptr_t)result;
  }
  double read = (double)(work.count * sizeof(lanes)) * threads;
  printf("%.0f\n", read / work.best);
  free(work.data);
  return check == 1; /* all rounds are used, and never leave 1 */
}
