//===- SandboxTest.cpp - What a program gives up before it works ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each case is a process of its own: nobody leaves a sandbox. GoogleTest runs tests of
// this name before the others, which start threads.
//===----------------------------------------------------------------------===//

#include "runtime/os/Sandbox.h"

#include "runtime/os/System.h"

#include <atomic>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace eke::rt;

namespace {

constexpr int threads = 3;

/// Waits until all threads are here, so that each has an iteration of its own.
void meet(std::atomic<int> &present) {
  for (++present; present < threads;)
    sched_yield();
}

/// Runs `call` in a sandbox: on the first thread, or on another one.
void runInside(void (*call)(), bool onWorker) {
  if (eke_start_threads(threads) != 0)
    _exit(3);
  enterSandbox();
  if (!onWorker) {
    call();
    _exit(0);
  }
  static const pthread_t first = pthread_self();
  static std::atomic<int> present;
  auto task = [](void *toCall, int, uint8_t *) {
    meet(present);
    if (!pthread_equal(pthread_self(), first))
      reinterpret_cast<void (*)()>(toCall)();
    return 0;
  };
  halide_do_par_for(reinterpret_cast<void *>(call), task, 0, threads, nullptr);
  _exit(0);
}

struct ForbiddenCall {
  const char *name;
  void (*call)();
};

const ForbiddenCall forbidden[] = {
    {"open", [] { (void)open("/dev/null", O_RDONLY); }},
    {"socket", [] { (void)socket(AF_INET, SOCK_STREAM, 0); }},
    {"mmap", [] { reserve(1 << 20); }},
    {"mprotect", [] { mprotect(nullptr, 0, PROT_EXEC); }},
    {"fork", [] { syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"execve", [] { execl("/bin/true", "true", nullptr); }},
    {"kill", [] { kill(getppid(), 0); }},
    {"unknown", [] { syscall(100000); }},
};

TEST(SandboxDeathTest, KillsWhoTriesMore) {
  for (bool onWorker : {false, true})
    for (const ForbiddenCall &one : forbidden)
      EXPECT_EXIT(runInside(one.call, onWorker),
                  ::testing::KilledBySignal(SIGSYS), "")
          << one.name << (onWorker ? " on a worker" : "");
}

#if defined(__x86_64__)
TEST(SandboxDeathTest, KillsWhoCallsByAnotherArchitecture) {
  auto call = [] {
    long result = 20; // getpid of i386
    asm volatile("int $0x80" : "+a"(result) : : "memory");
  };
  EXPECT_EXIT(runInside(call, false), ::testing::KilledBySignal(SIGSYS), "");
}
#endif

TEST(SandboxDeathTest, LetsThreadsWork) {
  auto work = [] {
    for (int i = 0; i < 100; ++i) {
      static std::atomic<int> sum;
      auto add = [](void *, int, uint8_t *) { return ++sum, 0; };
      if (i == 50)
        for (double end = now() + 0.01; now() < end;) { // workers fall asleep
        }
      halide_do_par_for(nullptr, add, 0, 64, nullptr);
      if (sum != 64 * (i + 1))
        _exit(4);
    }
    Writer out(1, "standard output");
    out.format("%d", 1);
    out.flush();
    MemoryStatus().readPeak();
    fail("a message");
  };
  EXPECT_EXIT(runInside(work, false), ::testing::ExitedWithCode(2),
              "a message");
}

TEST(LockMemoryDeathTest, SaysWhyNot) {
  auto lockWithout = [] {
    rlimit none = {0, 0};
    setrlimit(RLIMIT_MEMLOCK, &none);
    if (geteuid() == 0 && setuid(65534) != 0)
      _exit(3);
    lockMemory();
  };
  EXPECT_EXIT(lockWithout(), ::testing::ExitedWithCode(1),
              "error: --lock: cannot lock the memory: .*; 'ulimit -l' is its "
              "limit\n$");
}

} // namespace
