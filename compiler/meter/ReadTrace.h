//===- ReadTrace.h - From the plugin's output to a trace --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_READTRACE_H
#define EKE_COMPILER_METER_READTRACE_H

#include "compiler/meter/Trace.h"

namespace mlir::eke::profile {

/// What the plugin is to tell apart: regions, entries, and calls of kernels; and the
/// caches that it is to simulate.
std::string writePlan(const CompiledProgram &program,
                      llvm::ArrayRef<CallSite> sites,
                      llvm::ArrayRef<CacheLevel> caches = {});

/// Sorts what the plugin wrote for that plan into phases and calls. `called` is the
/// entry that is called step by step; null if tokens are decoded.
llvm::Expected<Trace> readTrace(llvm::StringRef text,
                                const CompiledProgram &program,
                                llvm::ArrayRef<CallSite> sites,
                                llvm::ArrayRef<CacheLevel> caches = {},
                                const Entry *called = nullptr);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_READTRACE_H
