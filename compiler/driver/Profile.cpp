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

#include "codegen/llvm/Link.h"
#include "compiler/driver/Compile.h"
#include "compiler/driver/Options.h"
#include "compiler/meter/CountProgram.h"
#include "compiler/pipeline/Compilation.h"
#include "compiler/report/ProfileReport.h"
#include "compiler/support/Diagnostics.h"
#include "runtime/include/eke/abi.h"

#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"

using llvm::createStringError;

namespace mlir::eke {
namespace {

struct ProfileOptions {
  std::string input, target, weights, caches, kernels, schedules, rows, exit,
      drafts, json;
  std::string tokens = "8", promptTokens = "16", phase = "decode";
  std::string seconds = "3", threads = "1";
  uint64_t tokenCount = 0, promptTokenCount = 0, secondCount = 0,
           threadCount = 0;

  /// The options that are for the compiler.
  SmallVector<std::pair<StringRef, StringRef>> getCompilerOptions() const {
    return {{"weights", weights}, {"kv-cache", caches},
            {"kernels", kernels}, {"schedules", schedules},
            {"rows", rows},       {"exit", exit},
            {"drafts", drafts}};
  }
};

/// Is this a program, or what one is compiled from?
bool isProgram(StringRef path) {
  llvm::file_magic magic;
  return !llvm::sys::fs::is_directory(path) &&
         !llvm::identify_magic(path, magic) && magic.is_object();
}

/// Adds the time that a program for this machine takes. Where that cannot be had,
/// the counts are good all the same.
void sampleProgram(profile::Profile &result, StringRef path,
                   const ProfileOptions &options) {
  auto program = profile::Program::open(path, options.input);
  if (!program)
    return llvm::consumeError(program.takeError()); // It was counted.
  if (options.secondCount == 0 || !profile::canSample(program->getTriple()))
    return;
  profile::SampleOptions sampling;
  sampling.tokens = options.tokenCount;
  sampling.promptTokens = options.promptTokenCount;
  sampling.threads = options.threadCount;
  sampling.seconds = options.secondCount;
  if (auto samples = profile::sample(*program, sampling))
    profile::addSamples(result, *samples);
  else
    llvm::errs() << "eke: warning: " << llvm::toString(samples.takeError())
                 << "\n";
}

/// Compiles the model to `output`; returns the exit code.
int compileModel(const ProfileOptions &options, StringRef output,
                 StringRef program) {
  SmallVector<std::string> args = {options.input, "-o", output.str()};
  if (!options.target.empty())
    args.push_back("--target=" + options.target);
  for (auto [name, value] : options.getCompilerOptions())
    if (!value.empty())
      args.push_back(("--" + name + "=" + value).str());
  return runCompile(SmallVector<StringRef>(args.begin(), args.end()), program);
}

llvm::Error writeReports(const profile::Profile &result,
                         const ProfileOptions &options) {
  if (options.json != "-")
    profile::printTable(
        result, options.phase == "decode" ? result.decode : result.prefill,
        llvm::outs());
  if (options.json.empty())
    return llvm::Error::success();
  std::string text;
  llvm::raw_string_ostream os(text);
  profile::printJSON(result, os);
  return writeText(options.json, text);
}

int profileInput(const ProfileOptions &options, StringRef program) {
  SmallString<128> path(options.input);
  std::unique_ptr<llvm::FileRemover> remover;
  if (!isProgram(options.input)) {
    if (std::error_code error =
            llvm::sys::fs::createTemporaryFile("eke-profile", "program", path))
      return reportFailure(
          createStringError(error, "cannot create a temporary file: %s",
                            error.message().c_str()));
    remover = std::make_unique<llvm::FileRemover>(path);
    if (int code = compileModel(options, path, program))
      return code;
  } else {
    for (auto [name, value] : options.getCompilerOptions())
      if (!value.empty())
        return reportUsage(
            createStringError("option '--" + name + "' is for a model, but '" +
                              options.input + "' is a program already"));
  }
  CountOptions count{options.input, options.target, options.tokenCount,
                     options.promptTokenCount};
  auto result = countProgram(path, count, program);
  if (!result)
    return reportFailure(result.takeError());
  sampleProgram(*result, path, options);
  if (llvm::Error error = writeReports(*result, options))
    return reportFailure(std::move(error));
  return 0;
}

/// Reads a number; says what is wrong with it.
llvm::Error readCount(StringRef name, StringRef text, uint64_t least,
                      uint64_t most, uint64_t &count) {
  if (!text.getAsInteger(10, count) && count >= least && count <= most)
    return llvm::Error::success();
  return createStringError("option '--" + name + "' is '" + text +
                           "', expected a number from " + llvm::Twine(least) +
                           " to " + llvm::Twine(most));
}

llvm::Error readCounts(ProfileOptions &options) {
  constexpr uint64_t mostTokens = 1000000, mostSeconds = 3600;
  if (llvm::Error error = readCount("tokens", options.tokens, 1, mostTokens,
                                    options.tokenCount))
    return error;
  if (llvm::Error error = readCount("prompt-tokens", options.promptTokens, 1,
                                    mostTokens, options.promptTokenCount))
    return error;
  if (llvm::Error error = readCount("seconds", options.seconds, 0, mostSeconds,
                                    options.secondCount))
    return error;
  return readCount("threads", options.threads, 1, EKE_MAX_THREADS,
                   options.threadCount);
}

} // namespace

int runProfile(ArrayRef<StringRef> args, StringRef program) {
  ProfileOptions options;
  const Option table[] = {
      {"target", "NAME|FILE",
       "the device, as for 'eke compile'; that of a program is known",
       &options.target},
      {"tokens", "N", "decode and count this many tokens", &options.tokens},
      {"prompt-tokens", "N", "of so many tokens before", &options.promptTokens},
      {"phase", "decode|prefill", "what the table shows", &options.phase},
      {"seconds", "N",
       "sample a program for this machine for so long; 0: count only",
       &options.seconds},
      {"threads", "N", "and let it run on so many threads", &options.threads},
      {"json", "FILE", "write all counts of all phases; '-' is standard output",
       &options.json},
      {"weights", "f32|f16|i8|i4", "as for 'eke compile'", &options.weights},
      {"kv-cache", "f32|f16", "as for 'eke compile'", &options.caches},
      {"kernels", "halide|loops", "as for 'eke compile'", &options.kernels},
      {"schedules", "FILE", "as for 'eke compile'", &options.schedules},
      {"rows", "N", "as for 'eke compile'", &options.rows},
      {"exit", "RUN|none", "as for 'eke compile'", &options.exit},
      {"drafts", "N", "as for 'eke compile'", &options.drafts},
  };
  Command command{"profile", "PROGRAM|MODEL",
                  "Counts what a compiled program, or the program of a model, "
                  "executes per token,\nfor every layer and kernel. An "
                  "emulator runs it: counts are exact, cycles estimated.\n"
                  "The time of a program for this machine is sampled.",
                  table, &options.input};
  auto outcome = parseArguments(command, args, llvm::outs());
  if (!outcome)
    return reportUsage(outcome.takeError());
  if (*outcome == ParseOutcome::HelpPrinted)
    return 0;
  if (llvm::Error error = readCounts(options))
    return reportUsage(std::move(error));
  return profileInput(options, program);
}

} // namespace mlir::eke
