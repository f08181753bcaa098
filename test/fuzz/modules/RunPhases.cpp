//===- RunPhases.cpp - A module through the compiler ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/modules/RunPhases.h"

#include "compiler/pipeline/PhaseChecks.h"
#include "compiler/pipeline/Phases.h"
#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassInstrumentation.h"

namespace mlir::eke::test {
namespace {

/// Verifies behind each pass, and remembers which made the module invalid.
struct VerifyEachPass : PassInstrumentation {
  explicit VerifyEachPass(std::string &culprit) : culprit(culprit) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    if (culprit.empty() && failed(verify(op)))
      culprit = pass->getName().str();
  }

  std::string &culprit;
};

} // namespace

PhaseRunner::PhaseRunner(MLIRContext &context, StringRef root) {
  PipelineOptions options;
  options.root = root.str();
  for (const Phase &phase : getPhases()) {
    auto manager = std::make_unique<PassManager>(&context);
    manager->enableVerifier(false);
    manager->addInstrumentation(std::make_unique<VerifyEachPass>(culprit));
    addPhase(*manager, phase, options);
    phases.push_back(std::move(manager));
  }
}

/// As the compiler does it, without code generation.
LogicalResult PhaseRunner::runPhases(ModuleOp module) {
  if (failed(checkSizes(module)))
    return failure();
  size_t first = 0;
  if (auto passed = module->getAttrOfType<StringAttr>(kPhaseAttr)) {
    const Phase *phase = findPhase(passed.getValue());
    if (!phase)
      return module.emitError("has been through no phase");
    if (failed(checkPhase(module, *phase)))
      return failure();
    first = phase - getPhases().begin() + 1;
  }
  for (size_t i = first; i < phases.size(); ++i) {
    if (failed(phases[i]->run(module)) || !culprit.empty())
      return failure();
    module->setAttr(kPhaseAttr,
                    StringAttr::get(module.getContext(), getPhases()[i].name));
    // Code generation takes the kernels.
    for (ModuleOp kernels :
         llvm::make_early_inc_range(module.getOps<ModuleOp>()))
      kernels.erase();
  }
  return success();
}

Outcome PhaseRunner::run(ModuleOp module) {
  Outcome outcome;
  culprit.clear();
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            outcome.message.empty())
          outcome.message = diagnostic.str();
        return success();
      });
  if (succeeded(runPhases(module)))
    return outcome;
  outcome.kind = Outcome::Refused;
  if (!culprit.empty())
    outcome.message = "invalid behind " + culprit + ": " + outcome.message;
  if (outcome.message.empty()) {
    outcome.kind = Outcome::Fault;
    outcome.message = "fails without a word";
  }
  return outcome;
}

} // namespace mlir::eke::test
