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
#include "codegen/llvm/CountInstructions.h"
#include "codegen/llvm/Manifest.h"
#include "compiler/pipeline/Dump.h"
#include "compiler/pipeline/ExitOptions.h"
#include "compiler/pipeline/FormatPlan.h"
#include "compiler/pipeline/KernelCache.h"
#include "compiler/pipeline/Phases.h"
#include "compiler/support/Diagnostics.h"

#include "dialects/eke/EkeDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace mlir::eke {

/// What a compilation writes.
enum class OutputKind {
  Executable,
  Library,
  Object,
  Assembly,
  LLVMIR,
  Module, // the module behind the last phase
  Loops   // the kernels as Halide's loops
};

/// What a command line may say about a compilation. Texts name files, a device and
/// categories of remarks; one that is empty was not given.
struct CompileOptions {
  std::string model, output, target, dumpIR, schedules, remarks;
  /// A text like those that the model is for, and what was found on it: the moments of the
  /// inputs of weights (see MomentFiles.h), by which these are rounded.
  std::string calibration, moments;
  /// A file of formats of weights, and formats in memory: those of weights that the plan does
  /// not name are what `weights` and `head` say.
  std::string formats;
  FormatPlan plan;
  /// As the module says or, where it says nothing, by default.
  /// The name of a format, and of an element type.
  std::optional<StringRef> weights, head, caches;
  /// Are rows rotated whose products would round them?
  std::optional<bool> rotates;
  OutputKind kind = OutputKind::Executable;
  /// Write the module behind this phase; null: go to the end.
  const Phase *stopAfter = nullptr;
  /// Lower kernels as plain loops, not by Halide.
  bool plainLoops = false;
  /// Say what each phase took.
  bool isVerbose = false;
  /// Leave an executable its table of symbols.
  bool keepsSymbols = false;
  /// Let the program give embeddings of texts.
  bool embeds = false;
  /// Take the model of a program as well, which lacks the elements of weights.
  bool takesPrograms = false;
  /// Let the program collect moments (see `eke-collect-moments`).
  bool collectsMoments = false;
  /// The most tokens that a language model reads at once.
  uint32_t rows = 16;
  ExitOptions exits;
  std::optional<int64_t> bos;
  std::optional<uint32_t> context;
  ChatOptions chat;
  /// Of a model that is only priced: see ModelOptions.
  std::optional<uint32_t> whatIfFold;
  DraftCosts draftCosts;
  /// The kernels that were compiled so far; copies of the options share them.
  std::shared_ptr<KernelCache> kernels = std::make_shared<KernelCache>();

  /// The files that decide what is compiled, beside the model and the target's profile.
  std::vector<std::string> listFiles() const;
};

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
  /// `stopAfter`, if that is not null.
  LogicalResult runPhases(Dump &dump, const Phase *stopAfter);
  /// Writes the output.
  LogicalResult emit();
  /// Goes through the phases that are left, and counts what a call of each entry executes,
  /// `position` rows behind the first.
  FailureOr<std::vector<InstructionCounts>> countInstructions(int64_t position);

  /// Appends errors of phases to `list`, which stays with the caller, in place of printing
  /// them; null: prints them.
  void setFindings(std::vector<Finding> *list) { findings = list; }
  /// Runs `step`. Its errors are printed, or appended to the list, behind it.
  LogicalResult hold(function_ref<LogicalResult()> step);
  /// Calls `observer` behind each phase; of a phase that is run again, the last one counts.
  void setObserver(std::function<void(const Phase &)> observer) {
    this->observer = std::move(observer);
  }

  ModuleOp getModule() { return *module; }
  /// Goes on from another state of the model that was loaded.
  void setModule(OwningOpRef<ModuleOp> other);
  void setOutput(StringRef path) { options.output = path.str(); }
  /// Compiles kernels by something else than the options' `kernels`.
  void setKernelCompiler(KernelCompiler compiler) {
    kernelCompiler = std::move(compiler);
  }

private:
  llvm::Error checkOutputs();
  LogicalResult emit(EmitKind kind);
  LogicalResult setDecision(StringRef name, Attribute value, bool isExplicit);
  LogicalResult decideTarget();
  LogicalResult decide();
  LogicalResult decideFromFormat();
  LogicalResult decideCaches(StringRef weights);
  LogicalResult decideMoments();
  LogicalResult decideStorages();
  FailureOr<ArrayRef<Phase>> getRemainingPhases();
  PipelineOptions getPipelineOptions();
  LogicalResult runPhase(const Phase &phase, const PipelineOptions &pipeline,
                         Dump &dump);
  LogicalResult compileKernels(Dump &dump);
  FailureOr<CompiledKernel> compileOrRefuse(halide::KernelOp op,
                                            StringRef target);
  LogicalResult leaveToLoops();
  /// The output that is asked for, or one named after the model.
  std::string getOutput();
  bool stopsEarly() const {
    return options.stopAfter || options.kind == OutputKind::Module;
  }

  CompileOptions options;
  std::string program;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<uint8_t> tokenizer;
  std::vector<CompiledKernel> kernels;
  std::vector<ManifestInput> inputs;
  /// The model behind the phase `memory`, if it came by there.
  std::string modelNote;
  KernelCompiler kernelCompiler;
  std::function<void(const Phase &)> observer = [](const Phase &) {};
  /// Are kernels that Halide refuses left to loops? Only if their schedules are ours.
  bool fallsBack = false;
  /// The module before there were kernels, if that may be so.
  OwningOpRef<ModuleOp> scheduled;
  /// Why Halide refused kernels, by symbol.
  llvm::StringMap<std::string> refused;
  /// Where errors of phases go, if they are not printed.
  std::vector<Finding> *findings = nullptr;
};

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_COMPILATION_H
