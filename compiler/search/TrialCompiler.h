//===- TrialCompiler.h - One model by many schedules ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_TRIALCOMPILER_H
#define EKE_COMPILER_SEARCH_TRIALCOMPILER_H

#include "compiler/pipeline/Compilation.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::eke {

/// Schedules by the names of pipelines.
using ScheduleMap = llvm::StringMap<ArrayAttr>;

/// Compiles a model again and again, each time by other schedules. A kernel that
/// it has compiled before is not compiled again.
class TrialCompiler {
public:
  TrialCompiler(const CompileOptions &options, StringRef program);

  /// Reads the model and forms its pipelines.
  LogicalResult load();

  /// The model with pipelines that have no schedules yet.
  ModuleOp getModule() { return *pipelines; }

  /// A kernel that could not be compiled.
  struct Refusal {
    std::string symbol;
    ArrayAttr schedule;
  };

  /// Writes the program `output`. A pipeline that is not named gets the schedule of
  /// its recipe. If a kernel cannot be compiled, fails without a diagnostic and
  /// sets `refusal`.
  LogicalResult compile(const ScheduleMap &schedules, StringRef output,
                        std::optional<Refusal> &refusal);

private:
  FailureOr<CompiledKernel> compileOnce(halide::KernelOp op, StringRef target);

  Compilation compilation;
  std::string model;
  OwningOpRef<ModuleOp> pipelines;
  std::shared_ptr<KernelCache> kernels;
  std::optional<Refusal> refused;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_TRIALCOMPILER_H
