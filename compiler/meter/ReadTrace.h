//===- ReadTrace.h - From the plugin's output to a trace --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_READTRACE_H
#define EKE_COMPILER_METER_READTRACE_H

#include "compiler/meter/Trace.h"

namespace mlir::eke::profile {

/// What the plugin is to tell apart: regions, entries, and calls of kernels.
std::string writePlan(const Program &program, llvm::ArrayRef<CallSite> sites);

/// Sorts what the plugin wrote for that plan into phases and calls.
llvm::Expected<Trace> readTrace(llvm::StringRef text, const Program &program,
                                llvm::ArrayRef<CallSite> sites);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_READTRACE_H
