//===- Process.cpp - Running a program to its end -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Process.h"

#include "compiler/support/Protection.h"
#include "compiler/support/TemporaryFolder.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Program.h"

#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

std::string getReason(StringRef errors, const llvm::Twine &otherwise) {
  errors = errors.trim();
  if (errors.empty())
    return otherwise.str();
  StringRef last = errors.rsplit('\n').second;
  return (last.empty() ? errors : last).str();
}

namespace {

/// A program, and where its text goes.
class Child {
public:
  Child(llvm::ArrayRef<StringRef> words, char **environment)
      : words(words.begin(), words.end()), environment(environment) {}

  /// Runs it to its end. The error is of the system; what the program says by its
  /// status is in `problem`.
  std::error_code run(StringRef output, StringRef errors);

  /// How it failed; empty if it did not.
  std::string problem;

private:
  std::error_code start(StringRef output, StringRef errors);
  std::error_code wait();

  std::vector<std::string> words;
  char **environment;
  pid_t pid = -1;
};

} // namespace

/// In a group of its own, which has what it starts: all of that can be ended.
std::error_code Child::start(StringRef output, StringRef errors) {
  std::vector<char *> argv;
  for (std::string &word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&files, 1, output.str().c_str(), flags,
                                   0600);
  posix_spawn_file_actions_addopen(&files, 2, errors.str().c_str(), flags,
                                   0600);

  LeftoverGuard guard;
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &guard.getSignals());
  int failed =
      posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed)
    return std::error_code(failed, std::generic_category());
  if (guard.addChild(pid))
    return {};
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return std::make_error_code(std::errc::resource_unavailable_try_again);
}

std::error_code Child::wait() {
  siginfo_t info;
  // Its number stays taken until it is no longer known here.
  while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) != 0)
    if (errno != EINTR)
      return llvm::errnoAsErrorCode();
  LeftoverGuard guard;
  int status = 0;
  waitpid(pid, &status, 0);
  guard.dropChild(pid);
  if (WIFSIGNALED(status))
    problem = strsignal(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    problem = "exit status " + std::to_string(WEXITSTATUS(status));
  return {};
}

std::error_code Child::run(StringRef output, StringRef errors) {
  if (std::error_code error = start(output, errors))
    return error;
  return wait();
}

llvm::Expected<ProcessOutput> runProcess(llvm::ArrayRef<std::string> words) {
  llvm::ErrorOr<std::string> program =
      llvm::sys::findProgramByName(words.front());
  if (!program)
    return createStringError("cannot find '" + words.front() + "'");
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  llvm::SmallVector<StringRef> args(words.begin(), words.end());
  args.front() = *program;
  char *none[] = {nullptr};
  Child child(args, none);
  if (std::error_code error =
          child.run(folder->getPath("output"), folder->getPath("errors")))
    return createStringError(error, *program + ": " + error.message());
  ProcessOutput said{folder->read("output"), folder->read("errors")};
  if (child.problem.empty())
    return std::move(said);
  return createStringError(getReason(said.errors, child.problem));
}

llvm::Error runTool(llvm::ArrayRef<StringRef> words) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  Child child(words, environ);
  std::string log = folder->getPath("log");
  if (std::error_code error = child.run(log, log))
    return createStringError(error, words.front() + ": " + error.message());
  if (child.problem.empty())
    return llvm::Error::success();
  std::string text = StringRef(folder->read("log")).trim().str();
  // Its input is ours: what it lacks is a matter of the machine.
  return createStringError(std::make_error_code(std::errc::io_error),
                           text.empty() ? child.problem : text);
}

} // namespace mlir::eke
