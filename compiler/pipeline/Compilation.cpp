//===- Compilation.cpp - One run of the compiler --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Compilation.h"

#include "codegen/llvm/Emit.h"
#include "compiler/pipeline/ArenaSize.h"
#include "compiler/pipeline/LibraryFiles.h"
#include "compiler/pipeline/LoadModule.h"
#include "compiler/pipeline/ManifestInputs.h"
#include "compiler/pipeline/ModelNote.h"
#include "compiler/pipeline/PhaseChecks.h"
#include "compiler/pipeline/ProgramSize.h"
#include "compiler/pipeline/Register.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/Process.h"
#include "compiler/support/RuntimeFolder.h"
#include "compiler/support/TemporaryFolder.h"
#include "compiler/support/Version.h"
#include "passes/pipelines/KernelNames.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <chrono>

namespace mlir::eke {

static constexpr StringRef kOutputRole = "the output";

bool hasBeenThrough(ModuleOp module, StringRef phase) {
  auto passed = module->getAttrOfType<StringAttr>(kPhaseAttr);
  const Phase *last = passed ? findPhase(passed.getValue()) : nullptr;
  assert(findPhase(phase) && "no phase is called this");
  return last && last >= findPhase(phase);
}

static DialectRegistry createRegistry() {
  DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

std::vector<std::string> CompileOptions::listFiles() const {
  std::vector<std::string> files;
  for (const std::string &file :
       {schedules, formats, chat.templateFile, calibration})
    if (!file.empty())
      files.push_back(file);
  return files;
}

Compilation::Compilation(CompileOptions options, StringRef program)
    : options(std::move(options)), program(program), context(createRegistry()) {
  printDiagnostics(context);
  kernelCompiler = [this](halide::KernelOp op, StringRef target) {
    return this->options.kernels->compile(op, target);
  };
}

void Compilation::setModule(OwningOpRef<ModuleOp> other) {
  module = std::move(other);
  kernels.clear();
}

LogicalResult Compilation::load() {
  context.loadAllAvailableDialects();
  module = loadModule(context, options.model,
                      {options.rows, options.exits, options.bos,
                       options.context, options.chat, options.embeds,
                       options.takesPrograms, options.whatIfFold});
  if (!module)
    return failure();
  llvm::Expected<std::vector<uint8_t>> tables = loadTokenizer(*module);
  if (!tables)
    return report(tables.takeError());
  tokenizer = std::move(*tables);
  return decide();
}

/// The phases behind the one that the module has been through.
FailureOr<ArrayRef<Phase>> Compilation::getRemainingPhases() {
  ArrayRef<Phase> phases = getPhases();
  auto passed = (*module)->getAttrOfType<StringAttr>(kPhaseAttr);
  if (!passed)
    return phases;
  auto found = llvm::find_if(
      phases, [&](const Phase &phase) { return phase.name == passed; });
  ArrayRef<Phase> rest(found, phases.end());
  if (options.stopAfter && options.stopAfter <= found) {
    printError(options.model + ": has been through '" + passed.getValue() +
               "'; expected a module of an earlier phase for '--stop-after=" +
               options.stopAfter->name + "'");
    return failure();
  }
  if (!options.schedules.empty() && hasBeenThrough(*module, "schedules")) {
    printError(options.model + ": has been through '" + passed.getValue() +
               "', which chose schedules; expected a module of an earlier "
               "phase for '--schedules'");
    return failure();
  }
  if (!rest.empty() && failed(checkPhase(*module, *found)))
    return failure();
  if (rest.size() > 1)
    return rest.drop_front();
  printError(options.model + ": has been through '" + passed.getValue() +
             (rest.empty() ? "', which is no phase"
                           : "', which leaves out kernels; compile the module "
                             "of an earlier phase"));
  return failure();
}

PipelineOptions Compilation::getPipelineOptions() {
  PipelineOptions pipeline;
  pipeline.root = getRoot(*module).str();
  pipeline.plainLoops = options.plainLoops;
  pipeline.schedules = options.schedules;
  pipeline.headCost = options.draftCosts.head;
  pipeline.exitHeadCost = options.draftCosts.exitHead;
  pipeline.rowCosts = options.draftCosts.rows;
  return pipeline;
}

LogicalResult Compilation::hold(function_ref<LogicalResult()> step) {
  std::vector<Finding> said;
  LogicalResult result = success();
  {
    HeldErrors held(context);
    result = step();
    said = held.getFindings().vec();
  }
  if (findings)
    llvm::append_range(*findings, said);
  else
    printFindings(said);
  return result;
}

LogicalResult Compilation::runPhase(const Phase &phase,
                                    const PipelineOptions &pipeline,
                                    Dump &dump) {
  auto begin = std::chrono::steady_clock::now();
  PassManager manager(&context);
  addPhase(manager, phase, pipeline);
  if (failed(hold([&] { return manager.run(*module); })))
    return failure();
  (*module)->setAttr(kPhaseAttr, StringAttr::get(&context, phase.name));
  observer(phase);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begin;
  if (options.isVerbose)
    llvm::errs() << llvm::formatv("eke: {0}: {1:f2} s\n", phase.name,
                                  seconds.count());
  return report(dump.addModule(*module, phase.name));
}

/// Has somebody written schedules?
static bool hasSchedules(ModuleOp module) {
  return module
      .walk([](halide::PipelineOp pipeline) {
        return pipeline.getSchedule() ? WalkResult::interrupt()
                                      : WalkResult::advance();
      })
      .wasInterrupted();
}

/// What code generation is to write; nothing for what was there before.
static std::optional<EmitKind> getEmitKind(OutputKind kind) {
  switch (kind) {
  case OutputKind::Executable:
    return EmitKind::Executable;
  case OutputKind::Library:
    return EmitKind::Library;
  case OutputKind::Object:
    return EmitKind::Object;
  case OutputKind::Assembly:
    return EmitKind::Assembly;
  case OutputKind::LLVMIR:
    return EmitKind::LLVMIR;
  case OutputKind::Module:
  case OutputKind::Loops:
    return std::nullopt;
  }
  llvm_unreachable("covered switch");
}

LogicalResult Compilation::runPhases(Dump &dump, const Phase *stopAfter) {
  if (failed(report(dump.addModule(*module, "input"))))
    return failure();
  if (failed(hold([&] { return checkKnown(*module); })))
    return failure();
  PipelineOptions pipeline = getPipelineOptions();
  FailureOr<ArrayRef<Phase>> phases = getRemainingPhases();
  // A dump of `kernels` still has what the last phase would lower.
  if (failed(phases) || failed(compileKernels(dump)))
    return failure();
  const Phase *schedules = findPhase("schedules"),
              *memory = findPhase("memory");
  bool makesProgram = getEmitKind(options.kind).has_value();
  if (makesProgram &&
      (*module)->getAttr(kPhaseAttr) == StringAttr::get(&context, memory->name))
    modelNote = writeModelNote(*module);
  bool areOurs = options.schedules.empty(); // the schedules
  for (const Phase *phase = phases->begin(); phase != phases->end();) {
    if (phase == schedules)
      areOurs &= !hasSchedules(*module);
    if (phase == memory)
      reserveArena(*module, pipeline);
    if (failed(runPhase(*phase, pipeline, dump)))
      return failure();
    if (phase == stopAfter)
      return success();
    if (phase == memory && makesProgram)
      modelNote = writeModelNote(*module);
    if (makesProgram && failed(report(checkProgramSize(
                            *module, options.kind == OutputKind::Executable))))
      return failure();
    if (phase == schedules && fallsBack && areOurs)
      scheduled = module->clone();
    if (failed(compileKernels(dump)))
      return failure();
    if (refused.empty())
      ++phase;
    else if (failed(leaveToLoops()))
      return failure();
    else
      phase = schedules + 1;
  }
  return success();
}

/// Goes back to where there were no kernels, and marks the pipelines of those that Halide
/// refused. A pipeline that is alike becomes a kernel then, and is refused in its turn.
LogicalResult Compilation::leaveToLoops() {
  llvm::StringMap<std::string> reasons = std::move(refused);
  refused.clear();
  scheduled->walk([&](halide::PipelineOp pipeline) {
    auto reason = reasons.find(getKernelSymbol(pipeline));
    if (reason == reasons.end())
      return;
    pipeline->setAttr(kPlainLoopsAttr,
                      StringAttr::get(&context, reason->second));
    reasons.erase(reason);
  });
  setModule(scheduled->clone());
  for (const auto &left : reasons)
    printError("kernel '" + left.first() + "': " + left.second);
  return success(reasons.empty());
}

/// As `kernelCompiler`; notes why, in place of a diagnostic, if a kernel may be left to
/// loops.
FailureOr<CompiledKernel> Compilation::compileOrRefuse(halide::KernelOp op,
                                                       StringRef target) {
  if (!scheduled)
    return kernelCompiler(op, target);
  std::string reason;
  ScopedDiagnosticHandler note(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return failure();
    reason = diagnostic.str();
    return success();
  });
  FailureOr<CompiledKernel> kernel = kernelCompiler(op, target);
  if (failed(kernel))
    refused[op.getSymName()] = reason;
  return kernel;
}

/// Compiles the kernels in the module, if there are any, and takes them out.
LogicalResult Compilation::compileKernels(Dump &dump) {
  auto begin = std::chrono::steady_clock::now();
  size_t before = kernels.size();
  size_t compiledBefore = options.kernels->getCompiled();
  auto target = (*module)->getAttrOfType<TargetAttr>(kTargetAttr);
  for (ModuleOp nested :
       llvm::make_early_inc_range(module->getOps<ModuleOp>())) {
    for (auto op : nested.getOps<halide::KernelOp>()) {
      FailureOr<CompiledKernel> kernel =
          compileOrRefuse(op, target.getHalide().getValue());
      if (refused.contains(op.getSymName()))
        continue;
      if (failed(kernel) || failed(report(dump.addKernel(*module, *kernel))))
        return failure();
      kernels.push_back(std::move(*kernel));
    }
    nested.erase();
  }
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begin;
  if (options.isVerbose && kernels.size() != before)
    llvm::errs() << llvm::formatv(
        "eke: {0} kernels, of which {1} were compiled: {2:f2} s\n",
        kernels.size() - before,
        options.kernels->getCompiled() - compiledBefore, seconds.count());
  return success();
}

std::string Compilation::getOutput() {
  if (!options.output.empty())
    return options.output;
  if (stopsEarly())
    return "-";
  std::string name = module->getSymName().value_or("model").str();
  switch (options.kind) {
  case OutputKind::Executable:
    return name;
  case OutputKind::Library:
    return "lib" + name + ".a";
  case OutputKind::Object:
    return name + ".o";
  case OutputKind::Assembly:
  case OutputKind::LLVMIR:
  case OutputKind::Module:
  case OutputKind::Loops:
    return "-";
  }
  llvm_unreachable("covered switch");
}

/// Fails if an output that the command line names cannot be written.
llvm::Error Compilation::checkOutputs() {
  if (stopsEarly() || options.kind != OutputKind::Library)
    return checkOutput(options.output, kOutputRole);
  return openLibrary(options.output).takeError();
}

LogicalResult Compilation::emit() {
  if (stopsEarly())
    return report(writeOutput(getOutput(), kOutputRole, printModule(*module)));
  std::optional<EmitKind> kind = getEmitKind(options.kind);
  if (!kind) {
    std::string text;
    for (const CompiledKernel &kernel : kernels)
      text += "// " + kernel.symbol + "\n" + kernel.statement + "\n";
    return report(writeOutput(getOutput(), kOutputRole, text));
  }
  return emit(*kind);
}

/// Writes what code generation makes of the module, once all of it is there.
LogicalResult Compilation::emit(EmitKind kind) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return report(folder.takeError());
  const std::string output = getOutput();
  EmitOptions emission;
  emission.kind = kind;
  emission.output = folder->getPath("output");
  emission.header = folder->getPath("header");
  emission.partsFolder = folder->getPath("");
  emission.name = llvm::sys::path::filename(output).str();
  emission.runTool = runTool;
  emission.report = [](llvm::Error error) { reportFailure(std::move(error)); };
  emission.payloadFolder = getRoot(*module).str();
  emission.runtimeFolder = getRuntimeFolder(program);
  emission.compilerVersion = getVersion().str();
  emission.description =
      (*module)->getAttrOfType<StringAttr>(kSourceAttr).getValue();
  emission.tokenizer = tokenizer;
  emission.listInputs = [&]() -> llvm::Expected<std::vector<ManifestInput>> {
    if (inputs.empty()) { // else a search has compiled the model before
      auto files = listManifestInputs(*module, options);
      if (!files)
        return files.takeError();
      inputs = std::move(*files);
    }
    return inputs;
  };
  emission.keepsSymbols = options.keepsSymbols;
  if (options.isVerbose)
    emission.tell = [](const Twine &line) {
      llvm::errs() << "eke: " << line << '\n';
    };
  emission.modelNote = modelNote;
  for (CompiledKernel &kernel : kernels)
    emission.kernels.push_back({kernel.symbol, std::move(kernel.bitcode)});
  if (failed(emitModule(*module, emission)))
    return failure();
  return report(kind == EmitKind::Library
                    ? copyLibrary(output, emission)
                    : copyOutput(output, kOutputRole, emission.output));
}

FailureOr<std::vector<InstructionCounts>>
Compilation::countInstructions(int64_t position) {
  llvm::Expected<Dump> none = Dump::create("");
  if (!none)
    return report(none.takeError());
  fallsBack = true;
  if (failed(runPhases(*none, /*stopAfter=*/nullptr)))
    return failure();
  std::vector<KernelCode> codes;
  for (CompiledKernel &kernel : kernels)
    codes.push_back({kernel.symbol, std::move(kernel.bitcode)});
  auto counts = mlir::eke::countInstructions(*module, codes, position);
  if (!counts)
    return report(counts.takeError());
  return std::move(*counts);
}

LogicalResult Compilation::run() {
  // An output that cannot be written is better known before the work.
  if (!options.output.empty() && failed(report(checkOutputs())))
    return failure();
  if (!options.remarks.empty() &&
      failed(enableRemarks(context, options.remarks)))
    return failure();
  llvm::Expected<Dump> dump = Dump::create(options.dumpIR);
  if (!dump)
    return report(dump.takeError());
  fallsBack = true;
  if (failed(load()) || failed(runPhases(*dump, options.stopAfter)))
    return failure();
  return emit();
}

} // namespace mlir::eke
