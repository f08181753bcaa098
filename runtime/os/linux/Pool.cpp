//===- Pool.cpp - The worker pool behind halide_do_par_for ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   caller    publish loop ── part 0 ── rest of part 2 ── wait for the others
//   worker 1       spin ── part 1 ── done
//   worker 2       sleep ────────────── part 2 ── done
//
// Part t of `size` iterations is [size*t/T, size*(t+1)/T). Every thread begins with
// its own: so the same range meets the same core's cache, as long as all are equally
// fast. Then it takes what others have not begun. A worker that wakes up late, has a
// slower core or has lost its core to another program delays a loop by no more than
// the iteration it is at.
//
// Between loops a worker spins for a moment (the next loop of a token is microseconds
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
#include <time.h>
#include <unistd.h>

namespace {

using Task = int (*)(void *ctx, int i, uint8_t *closure);

/// How long a thread looks at what it waits for before it sleeps: longer than what
/// lies between two loops, also of a small model, since waking takes microseconds.
constexpr int64_t spinNanoseconds = 1000 * 1000;
/// Looks after which it offers its core to others. It cannot look during that call, so
/// not after fewer: with 64, decoding was a tenth slower.
constexpr int looksBetweenYields = 1024;

/// A number that threads wait on: first by looking, then in the kernel.
class Gate {
public:
  uint64_t value() const { return number.load(); }

  void set(uint64_t next) {
    number.store(next);
    wake();
  }

  void add(uint64_t delta) {
    number.fetch_add(delta);
    wake();
  }

  /// Waits for a change of the lower half.
  void waitWhile(uint64_t seen) {
    if (changesSoon(seen))
      return;
    sleepers.fetch_add(1);
    while (uint32_t(number.load()) == uint32_t(seen))
      syscall(SYS_futex, &number, FUTEX_WAIT_PRIVATE, uint32_t(seen), nullptr,
              nullptr, 0);
    sleepers.fetch_sub(1);
  }

private:
  bool changesSoon(uint64_t seen) const {
    for (int64_t end = 0;;) {
      for (int look = 0; look < looksBetweenYields; ++look) {
        if (number.load(std::memory_order_acquire) != seen)
          return true;
        relax();
      }
      sched_yield(); // whom we wait for may need this core
      timespec time;
      clock_gettime(CLOCK_MONOTONIC, &time);
      int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
      if (end == 0)
        end = now + spinNanoseconds;
      else if (now >= end)
        return false;
    }
  }

  void wake() {
    if (sleepers.load() != 0)
      syscall(SYS_futex, &number, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr,
              0);
  }

  /// Takes some cycles and leaves those to other threads of the core.
  static void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("isb"); // "yield" takes no time on most cores
#endif
  }

  // The kernel compares the lower half, which is the first one: little-endian.
  std::atomic<uint64_t> number{0};
  std::atomic<uint32_t> sleepers{0};
};

/// The number of a loop and its size, as one value that changes with every loop.
struct LoopId {
  uint64_t value;

  uint32_t number() const { return uint32_t(value); }
  int64_t size() const { return int64_t(value >> 32); }
  LoopId next(int size) const {
    return {uint64_t(uint32_t(size)) << 32 | uint32_t(number() + 1)};
  }
};

/// The part of a loop that one thread begins with, in a cache line of its own.
struct alignas(64) Part {
  /// The number of the loop, and in the lower half the first iteration that nobody
  /// has taken.
  std::atomic<uint64_t> next{0};

  void reset(LoopId loop, int64_t begin) {
    next.store(uint64_t(loop.number()) << 32 | uint64_t(begin),
               std::memory_order_relaxed);
  }

  /// Takes one iteration before `end`; -1 if there is none, or the loop is over.
  int64_t take(LoopId loop, int64_t end) {
    uint64_t seen = next.load();
    while (uint32_t(seen >> 32) == loop.number() &&
           int64_t(uint32_t(seen)) < end)
      if (next.compare_exchange_weak(seen, seen + 1))
        return int64_t(uint32_t(seen));
    return -1;
  }
};

struct Pool {
  int threads = 1;
  std::atomic<bool> busy{false};
  std::atomic<int> result{0};
  /// The last loop: a LoopId, and what to run. A worker that comes late may read
  /// this while the next one is written; it will find nothing to take.
  alignas(64) Gate published;
  std::atomic<Task> task{nullptr};
  std::atomic<void *> ctx{nullptr};
  std::atomic<uint8_t *> closure{nullptr};
  std::atomic<int> min{0};
  /// Iterations that workers have finished, of all loops.
  alignas(64) Gate finished;
  /// Workers that have begun: the C library has set them up.
  Gate started;
};

Pool pool;
Part parts[EKE_MAX_THREADS]; // apart: what is all zeros takes no room in a file

} // namespace

static int64_t beginOf(int64_t size, int part) {
  return size * part / pool.threads;
}

/// Runs what nobody has begun, thread `self`'s own part first. Returns how many
/// iterations that were.
static int64_t runRest(LoopId loop, int self) {
  Task task = pool.task.load(std::memory_order_relaxed);
  void *ctx = pool.ctx.load(std::memory_order_relaxed);
  uint8_t *closure = pool.closure.load(std::memory_order_relaxed);
  int min = pool.min.load(std::memory_order_relaxed);
  int64_t count = 0;
  for (int other = 0; other < pool.threads; ++other) {
    int part = (self + other) % pool.threads;
    int64_t end = beginOf(loop.size(), part + 1), i;
    for (; (i = parts[part].take(loop, end)) >= 0; ++count)
      if (int r = task(ctx, int(min + i), closure))
        pool.result.store(r);
  }
  return count;
}

static void *work(void *argument) {
  int self = int(reinterpret_cast<intptr_t>(argument));
  pool.started.add(1);
  for (uint64_t seen = 0;;) {
    pool.published.waitWhile(seen);
    seen = pool.published.value();
    if (int64_t count = runRest({seen}, self))
      pool.finished.add(uint64_t(count));
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
  // Setting up a thread takes system calls, which a sandbox may forbid from now on.
  for (uint64_t now; (now = pool.started.value()) != uint64_t(threads - 1);)
    pool.started.waitWhile(now);
  return 0;
}

static int runHere(void *ctx, Task task, int min, int size, uint8_t *closure) {
  int result = 0;
  for (int i = 0; i < size; ++i)
    if (int r = task(ctx, min + i, closure))
      result = r;
  return result;
}

int halide_do_par_for(void *ctx, Task task, int min, int size,
                      uint8_t *closure) {
  // A loop inside a loop, or from a second thread of an application, runs where
  // it is.
  if (pool.threads == 1 || size <= 1 || pool.busy.exchange(true))
    return runHere(ctx, task, min, size, closure);

  pool.result.store(0, std::memory_order_relaxed);
  uint64_t before = pool.finished.value();
  LoopId loop = LoopId{pool.published.value()}.next(size);
  for (int part = 0; part < pool.threads; ++part)
    parts[part].reset(loop, beginOf(size, part));
  pool.task.store(task, std::memory_order_relaxed);
  pool.ctx.store(ctx, std::memory_order_relaxed);
  pool.closure.store(closure, std::memory_order_relaxed);
  pool.min.store(min, std::memory_order_relaxed);
  pool.published.set(loop.value);

  uint64_t after = before + uint64_t(size - runRest(loop, 0));
  for (uint64_t now; (now = pool.finished.value()) != after;)
    pool.finished.waitWhile(now);
  int result = pool.result.load(std::memory_order_relaxed);
  pool.busy.store(false);
  return result;
}
