//===- Start.h - What comes before everything else --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_START_H
#define EKE_RUNTIME_OS_START_H

#include "eke/program.h"

namespace eke::rt {

/// Prepares the process for the program, and fails as `checkCpu`.
void start(const eke_cpu_needs &needs);

/// Fails unless this CPU has all that the program was compiled for.
void checkCpu(const eke_cpu_needs &needs);

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_START_H
