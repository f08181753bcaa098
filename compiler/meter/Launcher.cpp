//===- Launcher.cpp - Running compiled programs ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Launcher.h"

#include "compiler/support/RuntimeFolder.h"
#include "compiler/support/TemporaryFolder.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke::profile {

Launcher Launcher::emulate(const TargetProfile &target) {
  Launcher launcher;
  launcher.emulator = getEmulator(target);
  launcher.target = target;
  return launcher;
}

std::string Launcher::describe() const { return llvm::join(emulator, " "); }

llvm::Expected<ProcessOutput>
Launcher::run(const CompiledProgram &program,
              llvm::ArrayRef<std::string> args) const {
  if (!isNative() && !llvm::sys::findProgramByName(emulator.front()))
    return createStringError(
        "cannot find '" + emulator.front() +
        "', which runs and counts; expected it in the "
        "PATH: it is part of " +
        (target.qemu_machine().empty() ? "qemu-user" : "qemu-system-arm"));
  std::vector<std::string> words = emulator;
  llvm::append_range(words, listProgramWords(target, program.path, args));
  auto said = runProcess(words);
  if (said)
    return said;
  return createStringError(
      program.name + ": does not run: " + llvm::toString(said.takeError()));
}

llvm::Expected<llvm::json::Object>
Launcher::runForStatistics(const CompiledProgram &program,
                           llvm::ArrayRef<std::string> args) const {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::vector<std::string> all(args);
  all.insert(all.end(), {"--stats", folder->getPath("statistics")});
  if (auto said = run(program, all); !said)
    return said.takeError();
  auto json = llvm::json::parse(folder->read("statistics"));
  llvm::json::Object *object = json ? json->getAsObject() : nullptr;
  if (object)
    return std::move(*object);
  if (!json)
    llvm::consumeError(json.takeError());
  return createStringError(program.name + ": has not written its statistics");
}

/// A file's name as part of a list of options: qemu splits at single commas.
static std::string escape(StringRef path) {
  std::string escaped;
  for (char c : path)
    escaped += c == ',' ? ",," : std::string(1, c);
  return escaped;
}

llvm::Expected<std::string>
Launcher::runAndCount(const CompiledProgram &program,
                      llvm::ArrayRef<std::string> args, StringRef plan,
                      StringRef compiler) const {
  std::string plugin = getRuntimeFolder(compiler) + "/libeke-meter.so";
  if (llvm::sys::findProgramByName(emulator.front()) &&
      !llvm::sys::fs::exists(plugin))
    return createStringError("cannot find '" + plugin +
                             "', which counts; expected it beside the runtime");
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  if (llvm::Error error = folder->write("plan", plan))
    return std::move(error);
  Launcher counting = *this;
  counting.emulator.insert(
      counting.emulator.end(),
      {"-plugin", escape(plugin) + ",plan=" + escape(folder->getPath("plan")) +
                      ",out=" + escape(folder->getPath("counts"))});
  if (auto said = counting.run(program, args); !said)
    return said.takeError();
  std::string counts = folder->read("counts");
  if (!counts.empty())
    return counts;
  return createStringError(program.name + ": nothing was counted");
}

} // namespace mlir::eke::profile
