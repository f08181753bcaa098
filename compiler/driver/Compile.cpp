//===- Compile.cpp - The command `eke compile` ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Compile.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/support/Diagnostics.h"

namespace mlir::eke {

static std::vector<std::pair<StringRef, const Phase *>> listPhases() {
  std::vector<std::pair<StringRef, const Phase *>> phases;
  for (const Phase &phase : getPhases())
    phases.emplace_back(phase.name, &phase);
  return phases;
}

/// What is written, and what is said on the way.
static std::vector<Option> listOutputOptions(CompileOptions &options) {
  return {
      textOption("o", "FILE",
                 "the output; text goes to standard output without it",
                 options.output),
      choiceOption<OutputKind>("emit", "what to write",
                               {{"exe", OutputKind::Executable},
                                {"lib", OutputKind::Library},
                                {"obj", OutputKind::Object},
                                {"asm", OutputKind::Assembly},
                                {"llvm", OutputKind::LLVMIR},
                                {"mlir", OutputKind::Module},
                                {"halide", OutputKind::Loops}},
                               options.kind),
      choiceOption("stop-after", "write the module after this phase",
                   listPhases(), options.stopAfter),
      textOption("dump-ir", "DIR",
                 "write every phase and every kernel into a folder",
                 options.dumpIR),
      textOption("remarks", "REGEX",
                 "say what passes did, for categories that match: arena, .*",
                 options.remarks),
      switchOption("keep-symbols",
                   "leave an executable its names of functions and layers, "
                   "which 'eke profile' and debuggers need",
                   options.keepsSymbols),
      switchOption("verbose", "say how long each phase took",
                   options.isVerbose),
  };
}

int runCompile(ArrayRef<StringRef> args, StringRef program) {
  ModelRequest request;
  std::string attributed;
  Command command{"compile", "MODEL",
                  "Compiles a Hugging Face directory, a GGUF file, a "
                  "description (.textproto, or a\ndirectory with "
                  "model.textproto) or a module (.mlir) to one static program.",
                  &request.compile.model};
  command.add(listOutputOptions(request.compile));
  command.add(listTargetOptions(request.compile));
  command.add(listModelOptions(request));
  command.add(listScheduleOptions(request.compile));
  command.add({textOption(
      "attribute", "FILE",
      "write no program, but a table of what each step that rounds and each "
      "tensor loses on this text, to -o or standard output",
      attributed)});
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (llvm::Error error = checkModelOptions(request))
    return reportFailure(std::move(error));
  if (request.compile.keepsSymbols &&
      request.compile.kind != OutputKind::Executable)
    return reportFailure(llvm::createStringError(
        "option '--keep-symbols' is for executables; expected '--emit=exe'"));
  if (!attributed.empty())
    return attributeModel(std::move(request), attributed, program);
  return compileModel(std::move(request), program);
}

} // namespace mlir::eke
