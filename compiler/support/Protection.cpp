//===- Protection.cpp - How the process may end ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   signal, crash, lack of memory  -->  kill children, remove files  -->  end
//
// Handlers run on any thread at any moment, so they make system calls and nothing
// else. What they read changes only under the guard, which blocks signals in its
// thread: a handler can wait for another thread's guard, never for its own.
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Protection.h"

#include "compiler/support/RemoveTree.h"
#include "dialects/eke/InputFile.h"
#include "dialects/eke/ModuleFile.h"

#include "llvm/Support/ErrorHandling.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mlir::eke {
namespace {

constexpr int endSignals[] = {SIGHUP, SIGINT, SIGTERM};
constexpr int crashSignals[] = {SIGABRT, SIGBUS,  SIGFPE,
                                SIGILL,  SIGSEGV, SIGSYS};

/// What would be left behind.
char *files[64];
char *folder;
pid_t children[16];

std::atomic_flag isGuarded = ATOMIC_FLAG_INIT;
/// Set for good by the thread that ends the process.
std::atomic<bool> isEnding;

[[noreturn]] void waitForTheEnd() {
  for (;;)
    pause();
}

/// Ends children with all that they have started, which would otherwise write on.
void killChildren() {
  for (pid_t child : children) {
    if (child == 0)
      continue;
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    while (waitpid(-child, nullptr, 0) > 0 || errno == EINTR) {
    }
  }
}

void cleanUp() {
  killChildren();
  for (char *file : files)
    if (file)
      unlink(file);
  if (folder)
    removeTree(folder);
}

/// Cleans up, unless another thread does: there is one end only.
void beginEnd(bool waits) {
  if (isEnding.exchange(true))
    waitForTheEnd();
  // A crash may have come under a guard of this very thread.
  for (int tries = 0; isGuarded.test_and_set(); ++tries)
    if (!waits && tries == 100)
      break;
    else
      usleep(1000);
  cleanUp();
}

void write(const char *text) {
  // A message that cannot be written has nobody who waits for it.
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text, strlen(text));
}

void say(const char *what, const char *about = "") {
  write("eke: error: ");
  write(what);
  write(about);
  write("\n");
}

[[noreturn]] void endBySignal(int number) {
  signal(number, SIG_DFL);
  sigset_t just;
  sigemptyset(&just);
  sigaddset(&just, number);
  pthread_sigmask(SIG_UNBLOCK, &just, nullptr);
  raise(number);
  _exit(1);
}

void onEnd(int number) {
  beginEnd(/*waits=*/true);
  endBySignal(number);
}

/// Is memory limited, so that what fails first may be anything?
bool isShortOfMemory() {
  rlimit limit;
  return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/// Ends because of an input.
[[noreturn]] void endAt(const char *file, const char *reason) {
  write("eke: error: ");
  for (; *file; ++file) {
    const char c[] = {*file > 0 && *file < ' ' ? '?' : *file, '\0'};
    write(c);
  }
  write(reason);
  write("\n");
  _exit(2);
}

void onCrash(int number, siginfo_t *info, void *) {
  const char *input = number == SIGBUS ? findInputAt(info->si_addr) : nullptr;
  beginEnd(/*waits=*/false);
  if (input)
    endAt(input, ": became shorter while it was read");
  if (isShortOfMemory()) {
    say("out of memory");
    _exit(1);
  }
  // Upstream's parser has faults of its own, some behind an error that it has reported.
  if (const char *module = getFileBeingParsed())
    endAt(module, ": MLIR's parser crashes on this module, which is none");
  say("the compiler has crashed, which is a fault of its own: ",
      strsignal(number));
  endBySignal(number);
}

/// The stack of a thread that has used up its own.
alignas(64) char crashStack[64 * 1024];

void handleSignals() {
  stack_t stack = {};
  stack.ss_sp = crashStack;
  stack.ss_size = sizeof(crashStack);
  sigaltstack(&stack, nullptr);
  struct sigaction action = {}, old;
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_sigaction = onCrash;
  for (int number : crashSignals)
    sigaction(number, &action, nullptr);
  action.sa_flags = SA_ONSTACK;
  action.sa_handler = onEnd;
  for (int number : endSignals)
    // What is ignored, as under nohup, stays so.
    if (sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(number, &action, nullptr);
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
}

/// A file that is opened later must not take the number of a standard stream. What is
/// closed stays useless: it can be neither read from nor written to.
void openStandardStreams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0)
      open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void onFatalError(void *, const char *reason, bool) { endProcess(reason, 1); }

void onBadAlloc(void *, const char *, bool) { endProcess("out of memory", 1); }

} // namespace

void endProcess(const char *reason, int code) {
  beginEnd(/*waits=*/false);
  say(reason);
  _exit(code);
}

void protectProcess() {
  openStandardStreams();
  // What children leave behind is waited for, like them.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  handleSignals();
  std::set_new_handler([] { endProcess("out of memory", 1); });
  std::set_terminate(
      [] { endProcess("the machine gives no more memory or threads", 1); });
  llvm::install_fatal_error_handler(onFatalError);
  llvm::install_bad_alloc_error_handler(onBadAlloc);
}

//===----------------------------------------------------------------------===//
// LeftoverGuard
//===----------------------------------------------------------------------===//

LeftoverGuard::LeftoverGuard() {
  sigset_t all;
  sigemptyset(&all);
  for (int number : endSignals)
    sigaddset(&all, number);
  pthread_sigmask(SIG_BLOCK, &all, &signals);
  while (isGuarded.test_and_set()) {
    if (isEnding) {
      pthread_sigmask(SIG_SETMASK, &signals, nullptr);
      waitForTheEnd();
    }
    usleep(100);
  }
}

LeftoverGuard::~LeftoverGuard() {
  isGuarded.clear();
  pthread_sigmask(SIG_SETMASK, &signals, nullptr);
}

bool LeftoverGuard::addFile(const char *path) {
  for (char *&file : files)
    if (!file)
      return (file = strdup(path));
  return false;
}

void LeftoverGuard::dropFile(const char *path) {
  for (char *&file : files)
    if (file && strcmp(file, path) == 0) {
      free(file);
      file = nullptr;
    }
}

bool LeftoverGuard::addFolder(const char *path) {
  return (folder = strdup(path));
}

void LeftoverGuard::dropFolder() {
  free(folder);
  folder = nullptr;
}

bool LeftoverGuard::addChild(pid_t child) {
  for (pid_t &each : children)
    if (each == 0) {
      each = child;
      return true;
    }
  return false;
}

void LeftoverGuard::dropChild(pid_t child) {
  for (pid_t &each : children)
    if (each == child)
      each = 0;
}

} // namespace mlir::eke
