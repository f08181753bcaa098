//===- Phases.h - The order of the compiler ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_PHASES_H
#define EKE_COMPILER_PIPELINE_PHASES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace mlir::eke {

/// What the phases need to know that is not in the module.
struct PipelineOptions {
  /// Folder that relative file names of payloads are relative to.
  std::string root;
  /// Lower every kernel through plain loops instead of Halide: the second path
  /// that results are compared with.
  bool plainLoops = false;
  /// A file of schedules that come before the recipes; none if it is empty.
  std::string schedules;
  /// What drafting costs; see `eke-outline-exits`.
  float headCost = -1, exitHeadCost = -1;
  llvm::SmallVector<float> rowCosts;
};

/// One step of the compiler.
struct Phase {
  StringLiteral name;
  /// What holds after it.
  StringLiteral establishes;
  /// Appends the passes that make it hold.
  void (*build)(OpPassManager &, const PipelineOptions &);
  /// Reports where it does not hold; null: what it establishes is how well the code
  /// will be, not that it will be right.
  LogicalResult (*check)(ModuleOp) = nullptr;
  /// The last phase behind which it still holds.
  StringLiteral holdsUntil = "";
};

/// The phases, in the order of the compiler.
ArrayRef<Phase> getPhases();

/// The phase called `name`, or null.
const Phase *findPhase(StringRef name);

/// Reports what does not hold behind `phase`: what it and the phases before it have
/// established for good. The diagnostics name the phase that does.
LogicalResult checkPhase(ModuleOp module, const Phase &phase);

/// Appends a phase and its check.
void addPhase(OpPassManager &manager, const Phase &phase,
              const PipelineOptions &options);

/// Makes each phase known to eke-opt as `--eke-phase-<name>`, and the check alone as
/// `--eke-check-<name>`.
void registerPhases();

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_PHASES_H
