//===- Compile.cpp - The command `eke compile` ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Compile.h"

#include "compiler/driver/Compilation.h"
#include "compiler/driver/Diagnostics.h"
#include "compiler/driver/Options.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

static std::string joinPhaseNames() {
  return llvm::join(
      llvm::map_range(getPhases(),
                      [](const Phase &phase) { return phase.name.str(); }),
      "|");
}

int runCompile(ArrayRef<StringRef> args, StringRef program) {
  CompileOptions options;
  const std::string phaseNames = joinPhaseNames();
  const Option table[] = {
      {"o", "FILE", "the output; text goes to standard output without it",
       &options.output},
      {"target", "NAME|FILE",
       "a device of 'eke targets' or a profile NAME.textproto (default: host)",
       &options.target},
      {"weights", "f32|f16|i8|i4", "format of the matrices (default: i8)",
       &options.weights},
      {"kv-cache", "f32|f16",
       "elements of KV caches (default: f16, or f32 for --weights=f32)",
       &options.caches},
      {"emit", "exe|lib|obj|asm|llvm|mlir|halide", "what to write",
       &options.emit},
      {"stop-after", phaseNames, "write the module after this phase",
       &options.stopAfter},
      {"dump-ir", "DIR", "write every phase and every kernel into a folder",
       &options.dumpIR},
      {"kernels", "halide|loops", "how loops are generated", &options.kernels},
      {"schedules", "FILE", "schedules that 'eke tune' wrote, or edited ones",
       &options.schedules},
      {"rows", "N", "tokens that a language model reads at once, at most",
       &options.rows},
      {"remarks", "REGEX",
       "say what passes did, for categories that match: arena, .*",
       &options.remarks},
  };
  Command command{"compile", "MODEL",
                  "Compiles a Hugging Face directory, a description "
                  "(.textproto, or a directory\nwith model.textproto) or a "
                  "module (.mlir) to one static program.",
                  table, &options.model};
  auto outcome = parseArguments(command, args, llvm::outs());
  if (!outcome)
    return reportUsage(outcome.takeError());
  if (*outcome == ParseOutcome::HelpPrinted)
    return 0;
  if (llvm::Error error = readRowCount(options))
    return reportUsage(std::move(error));
  return failed(Compilation(std::move(options), program).run());
}

} // namespace mlir::eke
