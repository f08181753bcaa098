//===- Sandbox.cpp - What a program gives up before it works --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   is it of this architecture? ── no ──▶ kill
//   is it call 0, call 1, …?    ── no ──▶ kill
//    └── yes ──▶ allow
//===----------------------------------------------------------------------===//

#include "runtime/os/Sandbox.h"

#include "runtime/os/Message.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace eke::rt {

void lockMemory() {
  if (mlockall(MCL_CURRENT) != 0)
    failToRun("--lock: cannot lock the memory: %s; 'ulimit -l' is its limit",
              strerror(errno));
}

#if defined(__x86_64__)
static constexpr uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
static constexpr uint32_t architecture = AUDIT_ARCH_AARCH64;
#elif defined(__arm__)
static constexpr uint32_t architecture = AUDIT_ARCH_ARM;
#else
#error "say what the kernel calls this architecture"
#endif

/// No wait has a time limit (restart_syscall). The first are only for programs that have
/// handlers of signals, which return by them: on 32 bits by another call if they take no
/// more than a number.
static constexpr uint32_t allowed[] = {
    SYS_rt_sigreturn,
#ifdef SYS_sigreturn
    SYS_sigreturn,
#endif
    SYS_read, // messages; the counter of instructions and the memory's status, if --stats
    SYS_write, // text, tensors, statistics, a message
    SYS_close, // of outputs: some file systems say only now that one is full
    SYS_futex, // threads wait for the next loop
    SYS_sched_yield, // and offer their core before that
    // The time, where the kernel's own code in the process (the vDSO) cannot read the
    // clock: on virtual machines without a stable counter.
    SYS_clock_gettime,
#ifdef SYS_clock_gettime64
    SYS_clock_gettime64, // the same, with 64 bits on 32-bit machines
#endif
    SYS_exit,
    SYS_exit_group,
};

#ifdef SYS_sigreturn
static constexpr uint8_t returnCount = 2;
#else
static constexpr uint8_t returnCount = 1;
#endif

void enterSandbox(bool handlesSignals) {
  constexpr uint8_t mostCount = sizeof(allowed) / sizeof(allowed[0]);
  const uint8_t first = handlesSignals ? 0 : returnCount;
  const uint32_t *calls = allowed + first;
  const uint8_t count = mostCount - first;
  constexpr uint16_t load = BPF_LD | BPF_W | BPF_ABS,
                     equal = BPF_JMP | BPF_JEQ | BPF_K, end = BPF_RET | BPF_K;
  sock_filter code[mostCount + 5];
  unsigned size = 0;
  // A jump counts from the instruction behind it.
  code[size++] = BPF_STMT(load, offsetof(seccomp_data, arch));
  code[size++] = BPF_JUMP(equal, architecture, 0, uint8_t(count + 1));
  code[size++] = BPF_STMT(load, offsetof(seccomp_data, nr));
  for (uint8_t i = 0; i < count; ++i)
    code[size++] = BPF_JUMP(equal, calls[i], uint8_t(count - i), 0);
  code[size++] = BPF_STMT(end, SECCOMP_RET_KILL_PROCESS);
  code[size++] = BPF_STMT(end, SECCOMP_RET_ALLOW);

  const sock_fprog program = {uint16_t(size), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    failToRun("--sandbox: cannot give up privileges: %s", strerror(errno));
  // On all threads at once, or not at all.
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_TSYNC, &program);
  if (result != 0)
    failToRun("--sandbox: cannot filter system calls: %s",
              result < 0 ? strerror(errno) : "a thread has another filter");
}

} // namespace eke::rt
