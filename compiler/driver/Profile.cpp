//===- Profile.cpp - The command `eke profile` ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model --compile--> program --emulator and plugin--> counts --> table, JSON
//                         └-- natively, on this machine --> time ---┘
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Profile.h"

#include "compiler/driver/ModelOptions.h"
#include "compiler/meter/CountProgram.h"
#include "compiler/pipeline/Compilation.h"
#include "compiler/pipeline/ModelNote.h"
#include "compiler/report/ProfileReport.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/TemporaryFolder.h"
#include "dialects/eke/InputFile.h"
#include "runtime/include/eke/abi.h"

using llvm::createStringError;

namespace mlir::eke {
namespace {

enum class ShownPhase { Repeated, Prefill };

struct ProfileOptions {
  ModelRequest model;
  std::string input, json;
  profile::WorkloadOptions workload;
  ShownPhase phase = ShownPhase::Repeated;
  uint32_t seconds = 3, threads = 1;
  bool simulatesCaches = false;
};

/// Adds the time that a program for this machine takes. Where that cannot be had,
/// the counts are good all the same.
void sampleProgram(profile::Profile &result, StringRef path,
                   const ProfileOptions &options) {
  auto program = profile::CompiledProgram::open(path, options.input);
  if (!program)
    return llvm::consumeError(program.takeError()); // It was counted.
  if (options.seconds == 0 || !profile::canSample(program->triple))
    return;
  auto workload = profile::Workload::create(*program, options.workload);
  if (!workload)
    return llvm::consumeError(workload.takeError());
  profile::SampleOptions sampling{options.threads, double(options.seconds)};
  if (auto samples = profile::sample(*program, *workload, sampling))
    profile::addSamples(result, *samples);
  else
    llvm::errs() << "eke: warning: " << llvm::toString(samples.takeError())
                 << "\n";
}

llvm::Error writeReports(const profile::Profile &result,
                         const ProfileOptions &options) {
  bool showsPrefill = options.phase == ShownPhase::Prefill;
  if (showsPrefill && result.prefill.name.empty())
    return createStringError(options.input + ": a call of '" + result.entry +
                             "' has no '--phase=prefill'");
  if (options.json != "-")
    profile::printTable(result, showsPrefill ? result.prefill : result.repeated,
                        llvm::outs());
  if (options.json.empty())
    return llvm::Error::success();
  std::string text;
  llvm::raw_string_ostream os(text);
  profile::printJSON(result, os);
  return writeOutput(options.json, "the counts", text);
}

int profileInput(ProfileOptions options, StringRef compiler) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return reportFailure(folder.takeError());
  std::string path = options.input;
  if (!isProgram(options.input)) {
    path = folder->getPath("program");
    options.model.compile.model = options.input;
    options.model.compile.output = path;
    options.model.compile.keepsSymbols = true;
    if (int code = compileModel(options.model, compiler))
      return code;
  } else if (auto program = openInput(path); !program) {
    return reportFailure(program.takeError());
  }
  CountOptions count{options.input, options.model.compile.target,
                     options.workload, options.simulatesCaches};
  auto result = countProgram(path, count, compiler);
  if (!result)
    return reportFailure(result.takeError());
  sampleProgram(*result, path, options);
  if (llvm::Error error = writeReports(*result, options))
    return reportFailure(std::move(error));
  return 0;
}

std::vector<Option> listRunOptions(ProfileOptions &options) {
  constexpr uint32_t mostSteps = 1000000, mostSeconds = 3600;
  profile::WorkloadOptions &workload = options.workload;
  return {
      numberOption("tokens", "decode and count this many tokens", 1, mostSteps,
                   workload.tokens),
      numberOption("prompt-tokens", "of so many tokens before", 1, mostSteps,
                   workload.promptTokens),
      choiceOption<ShownPhase>(
          "phase", "what the table shows",
          {{"decode", ShownPhase::Repeated}, {"prefill", ShownPhase::Prefill}},
          options.phase),
      numberOption("calls", "or call an entry so often, and count", 1,
                   mostSteps, workload.calls),
      numberOption(
          "seconds",
          "sample a program for this machine for so long; 0: count only", 0,
          mostSeconds, options.seconds),
      numberOption("threads", "and let it run on so many threads", 1,
                   EKE_MAX_THREADS, options.threads),
      choiceOption<bool>("caches",
                         "simulate the target's data caches, and show the "
                         "bytes that each memory serves",
                         {{"on", true}, {"off", false}},
                         options.simulatesCaches),
      textOption("json", "FILE",
                 "write all counts of all phases; '-' is standard output",
                 options.json),
  };
}

} // namespace

int runProfile(ArrayRef<StringRef> args, StringRef program) {
  ProfileOptions options;
  Command command{"profile", "PROGRAM|MODEL",
                  "Counts what a compiled program, or the program of a model, "
                  "executes per token or\nper call of an entry, for every "
                  "layer and kernel. An emulator runs it: counts are exact,\n"
                  "cycles estimated. The time of a program for this machine is "
                  "sampled.",
                  &options.input};
  command.add(listRunOptions(options));
  command.add(listEntryOptions(options.workload));
  command.add(listTargetOptions(options.model.compile));
  size_t common = command.options.size();
  command.add(listModelOptions(options.model));
  command.add(listScheduleOptions(options.model.compile));
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (llvm::Error error = checkModelOptions(options.model))
    return reportFailure(std::move(error));
  if (llvm::Error error = checkProgramOptions(
          ArrayRef(command.options).drop_front(common), options.input))
    return reportFailure(std::move(error));
  return profileInput(std::move(options), program);
}

} // namespace mlir::eke
