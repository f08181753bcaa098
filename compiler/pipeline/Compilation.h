//===- Compilation.h - One run of the compiler ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   load -> phase … phase -> kernels to bitcode -> phase … -> emit
//
// What the command line decides becomes attributes of the module, where the
// passes and code generation read it.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_COMPILATION_H
#define EKE_COMPILER_PIPELINE_COMPILATION_H

#include "codegen/halide/HalideCodegen.h"
#include "compiler/pipeline/Dump.h"
#include "compiler/pipeline/ExitOptions.h"
#include "compiler/pipeline/Phases.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <vector>

namespace mlir::eke {

/// What a command line may say about a compilation; values that are empty have no
/// default.
struct CompileOptions {
  std::string model, output, target, weights, caches,
      emit = "exe", stopAfter, dumpIR, kernels = "halide", rows = "16",
      schedules, remarks;
  /// The number that `rows` is.
  uint32_t rowCount = 0;
  ExitOptions exits;
  DraftCosts draftCosts;
};

/// Reads the number of `rows`.
llvm::Error readRowCount(CompileOptions &options);

/// Does `module` already have what the phase establishes?
bool hasBeenThrough(ModuleOp module, StringRef phase);

/// One run of the compiler. Its steps report what is wrong.
class Compilation {
public:
  using KernelCompiler =
      std::function<FailureOr<CompiledKernel>(halide::KernelOp, StringRef)>;

  /// `program` is the path of the running compiler.
  Compilation(CompileOptions options, StringRef program);

  /// Everything that `eke compile` does.
  LogicalResult run();

  /// Reads the model.
  LogicalResult load();
  /// Runs the phases that the module has not been through; the last is
  /// `stopAfter`, if that is not empty.
  LogicalResult runPhases(Dump &dump, StringRef stopAfter);
  /// Writes the output.
  LogicalResult emit();

  ModuleOp getModule() { return *module; }
  /// Goes on from another state of the model that was loaded.
  void setModule(OwningOpRef<ModuleOp> other);
  void setOutput(StringRef path) { options.output = path.str(); }
  /// Compiles kernels by something else than `compileKernel`.
  void setKernelCompiler(KernelCompiler compiler) {
    kernelCompiler = std::move(compiler);
  }

private:
  LogicalResult setDecision(StringRef name, Attribute value, bool isExplicit);
  LogicalResult decide();
  LogicalResult decideCaches(StringRef weights);
  FailureOr<ArrayRef<Phase>> getRemainingPhases();
  LogicalResult compileKernels(Dump &dump);
  /// The output that is asked for, or one named after the model.
  std::string getOutput();
  bool stopsEarly() const {
    return !options.stopAfter.empty() || options.emit == "mlir";
  }

  CompileOptions options;
  std::string program;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<uint8_t> tokenizer;
  std::vector<CompiledKernel> kernels;
  KernelCompiler kernelCompiler = compileKernel;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_COMPILATION_H
