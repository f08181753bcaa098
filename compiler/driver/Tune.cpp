//===- Tune.cpp - The command `eke tune` ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Tune.h"

#include "compiler/driver/Options.h"
#include "compiler/search/Tuner.h"
#include "compiler/support/Diagnostics.h"

using llvm::createStringError;

namespace mlir::eke {

/// Checks what the table of options does not.
static llvm::Error checkOptions(TuneOptions &options) {
  if (options.output == "-")
    return createStringError("option '-o' is '-', expected the name of a file");
  constexpr double most = 100000;
  double minutes = 0;
  if (StringRef(options.minutes).getAsDouble(minutes) || !(minutes > 0) ||
      minutes > most)
    return createStringError("option '--minutes' is '" + options.minutes +
                             "', expected a number above 0");
  options.seconds = 60 * minutes;
  return llvm::Error::success();
}

int runTune(ArrayRef<StringRef> args, StringRef program) {
  TuneOptions options;
  CompileOptions &compile = options.compile;
  const Option table[] = {
      {"o", "FILE", "the schedules, for 'eke compile --schedules=FILE'",
       &options.output},
      {"target", "NAME|FILE", "the device, as for 'eke compile'",
       &compile.target},
      {"minutes", "N", "how long to search; the same command goes on later",
       &options.minutes},
      {"objective", "time|cycles|instructions",
       "what to lower: time, which is sampled, cycles, which are estimated, or "
       "instructions, which are counted (default: time for this machine, "
       "cycles for others)",
       &options.objective},
      {"weights", "f32|f16|i8|i4", "as for 'eke compile'", &compile.weights},
      {"kv-cache", "f32|f16", "as for 'eke compile'", &compile.caches},
      {"rows", "N", "as for 'eke compile'", &compile.rows},
  };
  Command command{"tune", "MODEL",
                  "Searches schedules for the kernels of a model: compiles it "
                  "by many, and measures.\nWrites a file with those that are "
                  "better than the recipes' ones.",
                  table, &compile.model};
  auto outcome = parseArguments(command, args, llvm::outs());
  if (!outcome)
    return reportUsage(outcome.takeError());
  if (*outcome == ParseOutcome::HelpPrinted)
    return 0;
  if (llvm::Error error = readRowCount(compile))
    return reportUsage(std::move(error));
  if (llvm::Error error = checkOptions(options))
    return reportUsage(std::move(error));
  return failed(Tuner(options, program).run());
}

} // namespace mlir::eke
