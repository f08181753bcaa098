//===- Compile.cpp - The command `eke compile` ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Compile.h"

#include "compiler/driver/Options.h"
#include "compiler/pipeline/Compilation.h"
#include "compiler/search/ExitSearch.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

static std::string joinPhaseNames() {
  return llvm::join(
      llvm::map_range(getPhases(),
                      [](const Phase &phase) { return phase.name.str(); }),
      "|");
}

/// Replaces `--exit=auto` by the exit that pays, if one does.
static llvm::Error findExit(CompileOptions &options, StringRef calibration,
                            StringRef program) {
  ExitOptions &exits = options.exits;
  bool isAuto = exits.exit == "auto";
  if (isAuto == calibration.empty())
    return llvm::createStringError("options '--exit=auto' and "
                                   "'--calibrate=FILE' need each other");
  if (!isAuto)
    return llvm::Error::success();
  if (exits.drafting() || !exits.threshold.empty())
    return llvm::createStringError("option '--exit=auto' finds how to draft; "
                                   "expected no '--drafts', '--draft-tokens' "
                                   "or '--threshold'");
  llvm::Expected<FoundExit> found =
      searchExit(options, calibration, program, llvm::errs());
  if (!found)
    return found.takeError();
  exits.exit = found->run ? std::to_string(found->run) : "none";
  if (found->run) {
    exits.drafts = std::to_string(found->drafts);
    if (found->draftTokens)
      exits.draftTokens = std::to_string(found->draftTokens);
  }
  options.draftCosts = found->costs;
  return llvm::Error::success();
}

int runCompile(ArrayRef<StringRef> args, StringRef program) {
  CompileOptions options;
  std::string calibration;
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
      {"exit", "RUN|none|auto",
       "draft behind this run of a block, nowhere, or where it pays",
       &options.exits.exit},
      {"calibrate", "FILE",
       "with --exit=auto: a text like those that will be continued",
       &calibration},
      {"drafts", "N", "with --exit: tokens to draft at most (default: 3)",
       &options.exits.drafts},
      {"draft-tokens", "N",
       "with --exit: draft by the head's first N tokens, in 4 bits",
       &options.exits.draftTokens},
      {"threshold", "P",
       "with --exit: stop there where the best token has this probability",
       &options.exits.threshold},
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
  if (llvm::Error error = findExit(options, calibration, program))
    return reportFailure(std::move(error));
  return failed(Compilation(std::move(options), program).run());
}

} // namespace mlir::eke
