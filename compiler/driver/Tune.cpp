//===- Tune.cpp - The command `eke tune` ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Tune.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/search/Tuner.h"
#include "compiler/support/Diagnostics.h"

#include "llvm/Support/FileSystem.h"

using llvm::createStringError;

namespace mlir::eke {

static std::vector<Option> listSearchOptions(TuneOptions &options) {
  return {
      textOption("o", "FILE",
                 "the schedules, for 'eke compile --schedules=FILE'",
                 options.output),
      realOption("minutes", "N",
                 "how long to search; the same command goes on later", 0,
                 std::numeric_limits<double>::infinity(), options.minutes),
      choiceOption<Objective>(
          "objective",
          "what to lower: time, which is sampled, cycles, which are estimated, "
          "or instructions, which are counted (default: time for this machine, "
          "cycles for others)",
          {{"time", Objective::Time},
           {"cycles", Objective::Cycles},
           {"instructions", Objective::Instructions}},
          options.objective),
  };
}

int runTune(ArrayRef<StringRef> args, StringRef program) {
  TuneOptions options;
  ModelRequest model;
  Command command{"tune", "MODEL",
                  "Searches schedules for the kernels of a model: compiles it "
                  "by many, and measures.\nWrites a file with those that are "
                  "better than the recipes' ones.",
                  &model.compile.model};
  command.add(listSearchOptions(options));
  command.add(listEntryOptions(options.workload));
  command.add(listTargetOptions(model.compile));
  command.add(listModelOptions(model));
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (llvm::Error error = checkModelOptions(model))
    return reportFailure(std::move(error));
  bool isOther = false; // a device, a FIFO
  if (options.output == "-" ||
      (!llvm::sys::fs::is_other(options.output, isOther) && isOther))
    return reportFailure(createStringError("option '-o' is '" + options.output +
                                           "', expected the name of a file"));
  if (llvm::Error error = tryModel(model, program))
    return reportFailure(std::move(error));
  options.compile = std::move(model.compile);
  if (failed(Tuner(options, program).run()))
    return getExitCode();
  return 0;
}

} // namespace mlir::eke
