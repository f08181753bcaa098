//===- ArenaReport.h - When buffers live, and where -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Time is counted in steps: ops that write something, in the order of the program. A loop
// is told once. A call takes the steps of its callee, whose arena is a part of the caller's.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_REPORT_ARENAREPORT_H
#define EKE_COMPILER_REPORT_ARENAREPORT_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace mlir::eke {

/// A part of the arena that is used from one step to another, both included.
struct ArenaSlot {
  /// Of a buffer the op that makes it, of a call its callee.
  std::string name;
  int64_t offset = 0, bytes = 0, first = 0, last = 0;
};

/// The arena during a call of an entry.
struct ArenaReport {
  /// As NAME/ROWS.
  std::string entry;
  int64_t bytes = 0, steps = 0;
  /// The most that live at one step, in whole multiples of the alignment.
  int64_t liveBytes = 0;
  /// By their first step.
  std::vector<ArenaSlot> buffers;
  /// Calls of functions with buffers, in their order; those inside follow.
  std::vector<ArenaSlot> calls;
};

/// Of each entry of a module that has been through the phase `buffers`.
std::vector<ArenaReport> collectArenas(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_COMPILER_REPORT_ARENAREPORT_H
