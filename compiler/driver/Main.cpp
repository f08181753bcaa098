//===- Main.cpp - The compiler driver -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Check.h"
#include "compiler/driver/Compile.h"
#include "compiler/driver/Compress.h"
#include "compiler/driver/ModelOptions.h"
#include "compiler/driver/Options.h"
#include "compiler/driver/Profile.h"
#include "compiler/driver/Report.h"
#include "compiler/driver/Run.h"
#include "compiler/driver/Tune.h"
#include "compiler/frontend/Model.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/Protection.h"
#include "compiler/support/Version.h"
#include "compiler/targets/Targets.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::eke;

/// `eke import`: writes the description of a model directory or of a GGUF file.
static int runImport(ArrayRef<StringRef> args) {
  std::string directory, output = "-";
  ChatOptions chat;
  Command command{"import", "MODEL",
                  "Describes a Hugging Face directory or a GGUF file in Eke's "
                  "own format, to be\nread and edited.",
                  &directory};
  command.add({textOption(
      "o", "FILE", "the description; its paths are relative to its folder",
      output)});
  command.add(listChatOptions(chat));
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  llvm::Expected<ModelDescription> model = loadModel(directory, chat);
  if (!model)
    return reportFailure(model.takeError());
  if (llvm::Error error = writeModel(*model, output))
    return reportFailure(std::move(error));
  return 0;
}

/// `eke targets`: prints what `--target` takes, or what is known of one.
static int runTargets(ArrayRef<StringRef> args) {
  std::string name, json;
  Command command{"targets", "",
                  "Lists the devices that models are compiled for."};
  command.add({textOption("describe", "NAME",
                          "print what is known of this one, and from where; or "
                          "of a file NAME.textproto",
                          name),
               textOption("json", "FILE",
                          "write the list, and how programs are run; '-' is "
                          "standard output",
                          json)});
  if (std::optional<int> code = readArguments(command, args))
    return *code;
  if (!json.empty()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    printTargetProfilesAsJSON(os);
    llvm::Error error = writeOutput(json, "the list of targets", text);
    return error ? reportFailure(std::move(error)) : 0;
  }
  if (name.empty()) {
    printTargetProfiles(llvm::outs());
    return 0;
  }
  llvm::Expected<TargetProfile> profile = findTargetProfile(name);
  if (!profile)
    return reportFailure(profile.takeError());
  describeTargetProfile(*profile, llvm::outs());
  return 0;
}

static int printVersion() {
  llvm::outs() << "eke " << getVersion() << " (LLVM " << LLVM_VERSION_STRING
               << ")\n";
  return 0;
}

static int printUsage(llvm::raw_ostream &os) {
  os << "usage: eke COMMAND …\n\n"
        "commands:\n"
        "  check MODEL     say whether a model fits a target\n"
        "  compile MODEL   make a program of a model\n"
        "  compress MODEL  choose a format for every matrix, by energy\n"
        "  import MODEL    describe a Hugging Face directory or a GGUF file\n"
        "  run MODEL       compile a model for this machine, and run it\n"
        "  profile MODEL   count what a program executes per token\n"
        "  report MODEL    say what a model moves, and what that takes\n"
        "  tune MODEL      search better schedules for its kernels\n"
        "  targets         list the devices\n"
        "  version         print the version\n"
        "  help            print this\n\n"
        "'eke COMMAND --help' lists the options of a command.\n";
  return 0;
}

/// Runs a command, whose name is the first of `args`; returns the exit code.
static int runCommand(ArrayRef<StringRef> args, StringRef program) {
  if (args.empty()) {
    printUsage(llvm::errs());
    return kInputIsWrong;
  }
  StringRef command = args.front();
  ArrayRef<StringRef> rest = args.drop_front();
  if (command == "check")
    return runCheck(rest, program);
  if (command == "compile")
    return runCompile(rest, program);
  if (command == "compress")
    return runCompress(rest, program);
  if (command == "import")
    return runImport(rest);
  if (command == "run")
    return runRun(rest, program);
  if (command == "profile")
    return runProfile(rest, program);
  if (command == "report")
    return runReport(rest, program);
  if (command == "tune")
    return runTune(rest, program);
  if (command == "targets")
    return runTargets(rest);
  if (command == "version" || command == "--version")
    return printVersion();
  if (command == "help" || command == "--help" || command == "-h")
    return printUsage(llvm::outs());
  return reportFailure(llvm::createStringError(
      "unknown command '" + command +
      "', expected check, compile, import, run, profile, "
      "report, tune, targets, version or help"));
}

int main(int argc, char **argv) {
  protectProcess();
  SmallVector<StringRef> args(argv + std::min(argc, 1), argv + argc);
  std::string program =
      llvm::sys::fs::getMainExecutable(argv[0], reinterpret_cast<void *>(main));
  int code = runCommand(args, program);
  if (llvm::Error error = finishStandardOutput())
    code = reportFailure(std::move(error));
  llvm::errs().clear_error(); // there is nobody left to tell
  return code;
}
