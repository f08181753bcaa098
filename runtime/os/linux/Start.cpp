//===- Start.cpp - What comes before everything else ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With Main.cpp and Message.cpp this is compiled for every CPU of the architecture,
// not for the one that the program is for.
//===----------------------------------------------------------------------===//

#include "runtime/os/Start.h"

#include "runtime/os/Message.h"
#include "runtime/os/linux/Streams.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace eke::rt {

void openStandardStreams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
      continue;
    // The other way round: what should be read or written there is missed.
    int opened = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    if (opened != fd) // the lowest that is free
      failToRun("cannot open '/dev/null': %s", strerror(errno));
  }
}

void ignoreWriteSignals() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

//===----------------------------------------------------------------------===//
// The CPU
//===----------------------------------------------------------------------===//

#if defined(__x86_64__)
static uint64_t readCpuid(const eke_cpu_feature &feature) {
  uint32_t registers[4] = {};
  // Fails for a leaf beyond the last one: then the CPU has nothing of it.
  __get_cpuid_count(feature.leaf, feature.subleaf, &registers[0], &registers[1],
                    &registers[2], &registers[3]);
  return registers[feature.reg & 3];
}

static uint64_t readXcr0() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}
#endif

/// What the CPU has where it says of `feature`.
static uint64_t readSource(const eke_cpu_feature &feature) {
  switch (feature.source) {
#if defined(__x86_64__)
  case EKE_CPUID:
    return readCpuid(feature);
  case EKE_XCR0:
    return readXcr0();
#endif
  case EKE_AUXVAL:
    return getauxval(feature.leaf);
  default:
    return 0;
  }
}

void checkCpu(const eke_cpu_needs &needs) {
  for (uint64_t i = 0; i < needs.count; ++i) {
    const eke_cpu_feature &feature = needs.features[i];
    if (~readSource(feature) & feature.bits)
      failToRun(
          "this CPU, or its kernel, has no '%s': the program was compiled "
          "for '%s'",
          feature.name, needs.target);
  }
}

void start(const eke_cpu_needs &needs) {
  openStandardStreams();
  checkCpu(needs);
  ignoreWriteSignals();
}

} // namespace eke::rt
