//===- TextTrial.cpp - A program that reads a text on this machine --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/TextTrial.h"

#include "compiler/meter/Launcher.h"
#include "compiler/targets/Targets.h"
#include "runtime/include/eke/abi.h"

#include <thread>

namespace mlir::eke {

/// Tokens that see each other, as far as the context allows.
static constexpr int64_t window = 512;

CompileOptions makeTrialOptions(const CompileOptions &options,
                                StringRef output) {
  CompileOptions trial = options;
  trial.target = getHostTargetName();
  trial.output = output.str();
  trial.kind = OutputKind::Executable;
  trial.stopAfter = nullptr;
  trial.dumpIR = trial.remarks = trial.schedules = "";
  trial.isVerbose = false;
  trial.keepsSymbols = true; // for CompiledProgram
  return trial;
}

llvm::Expected<std::string> readText(const profile::CompiledProgram &program,
                                     StringRef file,
                                     std::vector<std::string> more) {
  unsigned threads = std::clamp<unsigned>(std::thread::hardware_concurrency(),
                                          1, EKE_MAX_THREADS);
  std::vector<std::string> args = {"--threads", std::to_string(threads)};
  bool isEncoder = llvm::any_of(program.entries, [](const auto &entry) {
    return entry.role == EKE_ROLE_ENCODER;
  });
  if (isEncoder)
    args.insert(args.end(), {"--prompt-file", file.str(), "--truncate"});
  else
    args.insert(
        args.end(),
        {"--score", file.str(), "--window",
         std::to_string(std::min<int64_t>(window, program.language->context))});
  args.insert(args.end(), more.begin(), more.end());
  auto run = profile::Launcher::native().run(program, args);
  if (!run)
    return run.takeError();
  return std::move(run->output);
}

} // namespace mlir::eke
