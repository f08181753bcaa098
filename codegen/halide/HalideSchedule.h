//===- HalideSchedule.h - Directives applied to Funcs -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_HALIDESCHEDULE_H
#define EKE_CODEGEN_HALIDE_HALIDESCHEDULE_H

#include "codegen/halide/Kernel.h"

#include <Halide.h>

#include <map>

namespace mlir::eke::kernel {

/// A stage as it is scheduled.
struct ScheduledFunc {
  struct LoopInfo {
    bool isReduction;
    std::optional<int64_t> extent; // where known when compiled
  };
  Halide::Func func;
  bool isOutput = false;
  bool isUpdate = false;
  bool hasInit = false; // loops that initialise, before those that update
  std::map<std::string, LoopInfo> loops;
};

/// Places every Func of `funcs` and applies `schedule`.
void applySchedule(const std::vector<StageSchedule> &schedule,
                   std::map<std::string, ScheduledFunc> &funcs);

} // namespace mlir::eke::kernel

#endif // EKE_CODEGEN_HALIDE_HALIDESCHEDULE_H
