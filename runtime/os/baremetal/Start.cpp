//===- Start.cpp - Whether it is the right CPU ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Start.h"

#include "runtime/os/Message.h"

namespace eke::rt {

void checkCpu(const eke_cpu_needs &needs) {
  for (uint64_t i = 0; i < needs.count; ++i) {
    const eke_cpu_feature &feature = needs.features[i];
    auto *source =
        reinterpret_cast<const volatile uint32_t *>(uintptr_t(feature.leaf));
    if (feature.source != EKE_REGISTER || (~*source & feature.bits) != 0)
      failToRun("this CPU has no '%s': the program was compiled for '%s'",
                feature.name, needs.target);
  }
}

/// Streams are opened when they are used, and there are no signals.
void start(const eke_cpu_needs &needs) { checkCpu(needs); }

} // namespace eke::rt
