//===- RunPhases.h - A module through the compiler --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_FUZZ_MODULES_RUNPHASES_H
#define EKE_TEST_FUZZ_MODULES_RUNPHASES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir::eke::test {

/// How a module fared. What a user is told is a refusal, also if it is a check of a phase
/// or the verifier behind a pass that says it; what fails without a word is a fault.
struct Outcome {
  enum Kind { Passed, Refused, Fault };
  Kind kind = Passed;
  /// What was said first.
  std::string message;
};

/// Runs all phases on one module after the other: passes are made once.
class PhaseRunner {
public:
  /// Payloads are files of the folder `root`.
  PhaseRunner(MLIRContext &context, StringRef root);

  Outcome run(ModuleOp module);

private:
  LogicalResult runPhases(ModuleOp module);

  std::vector<std::unique_ptr<PassManager>> phases;
  /// The pass behind which the module is invalid, if there is one.
  std::string culprit;
};

} // namespace mlir::eke::test

#endif // EKE_TEST_FUZZ_MODULES_RUNPHASES_H
