//===- Pool.cpp - The worker pool behind halide_do_par_for ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   caller    publish loop ── part 0 ───────────── wait for the others
//   worker 1      spin/sleep ── part 1 ── done
//   worker 2      spin/sleep ── part 2 ── done
//
// Part t of `size` iterations is [size*t/T, size*(t+1)/T): the same range meets
// the same worker, and with it the same core's cache, in every call. Between
// loops a worker spins for a moment (the next loop of a token is microseconds
// away) and then sleeps in the kernel.
//===----------------------------------------------------------------------===//

#include "eke/abi.h"

#include <atomic>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using Task = int (*)(void *ctx, int i, uint8_t *closure);

struct Loop {
  Task task;
  void *ctx;
  uint8_t *closure;
  int min, size;
};

/// A counter that threads wait on: first by looking, then in the kernel.
class Gate {
public:
  uint32_t value() const { return count.load(); }

  void add(uint32_t delta) {
    count.fetch_add(delta);
    if (sleepers.load() != 0)
      syscall(SYS_futex, &count, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr,
              0);
  }

  void waitWhile(uint32_t seen) {
    for (int spin = 0; spin < spinLimit; ++spin) {
      if (count.load(std::memory_order_acquire) != seen)
        return;
      if (spin % 64 == 63)
        sched_yield(); // with too few cores, whom we wait for may need this one
      else
        relax();
    }
    sleepers.fetch_add(1);
    while (count.load() == seen)
      syscall(SYS_futex, &count, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
    sleepers.fetch_sub(1);
  }

private:
  static constexpr int spinLimit = 2000; // about 50 microseconds

  static void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("yield");
#endif
  }

  std::atomic<uint32_t> count{0};
  std::atomic<uint32_t> sleepers{0};
};

struct Pool {
  int threads = 1;
  std::atomic<bool> busy{false};
  Loop loop;
  std::atomic<int> result{0};
  alignas(64) Gate started;    // loops published so far
  alignas(64) Gate unfinished; // workers still in the current loop
};

Pool pool;

} // namespace

static int runRange(const Loop &loop, int64_t begin, int64_t end) {
  int result = 0;
  for (int64_t i = begin; i < end; ++i)
    if (int r = loop.task(loop.ctx, int(loop.min + i), loop.closure))
      result = result ? result : r;
  return result;
}

static void runPart(const Loop &loop, int part) {
  int64_t size = loop.size;
  int64_t begin = size * part / pool.threads;
  int64_t end = size * (part + 1) / pool.threads;
  if (int r = runRange(loop, begin, end)) {
    int none = 0;
    pool.result.compare_exchange_strong(none, r);
  }
}

static void *work(void *argument) {
  int part = int(reinterpret_cast<intptr_t>(argument));
  for (uint32_t seen = 0;; ++seen) {
    pool.started.waitWhile(seen);
    runPart(pool.loop, part);
    pool.unfinished.add(-1u);
  }
}

/// Starts worker `part` with a small stack: kernels keep at most 64 KB on it.
static int startWorker(int part) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, work,
                             reinterpret_cast<void *>(intptr_t(part)));
  pthread_attr_destroy(&attributes);
  return error;
}

int eke_start_threads(int threads) {
  if (threads < 1 || threads > EKE_MAX_THREADS)
    return EINVAL;
  if (pool.threads > 1)
    return EBUSY;
  // A worker that started stays useful if a later one cannot: it has its part.
  for (int part = 1; part < threads; ++part) {
    if (int error = startWorker(part))
      return error;
    pool.threads = part + 1;
  }
  return 0;
}

int halide_do_par_for(void *ctx, Task task, int min, int size,
                      uint8_t *closure) {
  Loop loop = {task, ctx, closure, min, size};
  // A loop inside a loop, or from a second thread of an application, runs where
  // it is.
  if (pool.threads == 1 || size <= 1 || pool.busy.exchange(true))
    return runRange(loop, 0, size);

  pool.loop = loop;
  pool.result.store(0);
  pool.unfinished.add(uint32_t(pool.threads - 1));
  pool.started.add(1);
  runPart(loop, 0);
  while (uint32_t left = pool.unfinished.value())
    pool.unfinished.waitWhile(left);
  int result = pool.result.load();
  pool.busy.store(false);
  return result;
}
