//===- Tracee.cpp - A program that stops where we like --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Tracee.h"

#include "compiler/support/Protection.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <elf.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

using llvm::createStringError;
using Clock = std::chrono::steady_clock;

namespace mlir::eke::profile {

/// What this file knows of an architecture: how to stop, and where that was.
#if defined(__linux__) && defined(__x86_64__)
static constexpr llvm::Triple::ArchType here = llvm::Triple::x86_64;
static constexpr uint8_t trap = 0xcc;    // int3,
static constexpr uint64_t trapBytes = 1; // which is behind us when it stops
static constexpr size_t instructionOffset = offsetof(user_regs_struct, rip);
static constexpr size_t stackOffset = offsetof(user_regs_struct, rsp);
#else
static constexpr llvm::Triple::ArchType here = llvm::Triple::UnknownArch;
static constexpr uint8_t trap = 0;
static constexpr uint64_t trapBytes = 0;
static constexpr size_t instructionOffset = 0, stackOffset = 0;
#endif

bool Tracee::supports(const llvm::Triple &triple) {
  return here != llvm::Triple::UnknownArch && triple.getArch() == here;
}

static llvm::Error fail(const char *what) {
  int error = errno;
  return createStringError(std::error_code(error, std::generic_category()),
                           "%s: %s", what, strerror(error));
}

//===----------------------------------------------------------------------===//
// Start and end
//===----------------------------------------------------------------------===//

/// Runs in the new process, on borrowed memory: nothing but system calls, up to
/// the one that makes it the program. Returns only if one of them fails.
static const char *becomeProgram(char **argv, const char *log,
                                 const sigset_t &signals) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
    return "ptrace";
  int null = open("/dev/null", O_RDWR);
  int errors = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (null < 0 || errors < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
      dup2(errors, 2) < 0)
    return log;
  pthread_sigmask(SIG_SETMASK, &signals, nullptr);
  char *environment[] = {nullptr};
  execve(argv[0], argv, environment);
  return argv[0];
}

static sigset_t getChildSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  return signals;
}

/// The signal that a child has stopped is waited for, not received.
Tracee::Tracee() {
  sigset_t signals = getChildSignal();
  pthread_sigmask(SIG_BLOCK, &signals, &oldSignals);
}

Tracee::~Tracee() {
  if (pid > 0) {
    kill(pid, SIGKILL);
    while (waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
    }
    forget();
  }
  pthread_sigmask(SIG_SETMASK, &oldSignals, nullptr);
}

/// It has ended: its number may be another's.
void Tracee::forget() {
  LeftoverGuard().dropChild(pid);
  pid = -1;
}

llvm::Expected<std::unique_ptr<Tracee>>
Tracee::start(std::vector<std::string> args, const std::string &log,
              uint64_t entryPoint) {
  std::vector<char *> argv;
  for (std::string &arg : args)
    argv.push_back(arg.data());
  argv.push_back(nullptr);
  std::unique_ptr<Tracee> tracee(new Tracee);
  // It starts often, so it must start fast, however much memory we have.
  const char *volatile failed = nullptr;
  volatile int error = 0;
  pid_t pid;
  {
    LeftoverGuard guard;
    pid = vfork();
    if (pid == 0) {
      failed = becomeProgram(argv.data(), log.c_str(), tracee->oldSignals);
      error = errno;
      _exit(127);
    }
    if (pid > 0)
      guard.addChild(pid);
  }
  if (pid < 0)
    return fail("vfork");
  tracee->pid = pid;
  if (failed) {
    errno = error;
    return fail(failed);
  }
  // It stops when it has become the program.
  llvm::Expected<int> status = tracee->wait();
  if (!status)
    return status.takeError();
  if (tracee->hasEnded(*status))
    return createStringError("does not start: " + tracee->failure);
  if (ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_EXITKILL) != 0)
    return fail("ptrace");
  if (llvm::Error error = tracee->findLoadAddress(entryPoint))
    return std::move(error);
  if (llvm::Error error = tracee->readRegisters())
    return std::move(error);
  return std::move(tracee);
}

/// The auxiliary vector says where the program begins.
llvm::Error Tracee::findLoadAddress(uint64_t entryPoint) {
  auto vector = llvm::MemoryBuffer::getFileAsStream(
      "/proc/" + std::to_string(pid) + "/auxv");
  if (!vector)
    return createStringError("auxv: " + vector.getError().message());
  llvm::StringRef bytes = (*vector)->getBuffer();
  for (uint64_t pair[2]; bytes.size() >= sizeof(pair);
       bytes = bytes.drop_front(sizeof(pair))) {
    memcpy(pair, bytes.data(), sizeof(pair));
    if (pair[0] == AT_ENTRY)
      loadedAt = pair[1] - entryPoint;
  }
  return llvm::Error::success();
}

bool Tracee::hasEnded(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    failure = "exit status " + std::to_string(WEXITSTATUS(status));
  else if (WIFSIGNALED(status))
    failure = strsignal(WTERMSIG(status));
  else if (!WIFEXITED(status))
    return false;
  forget();
  return true;
}

//===----------------------------------------------------------------------===//
// Stops
//===----------------------------------------------------------------------===//

llvm::Expected<int> Tracee::wait() {
  int status;
  while (waitpid(pid, &status, __WALL) < 0)
    if (errno != EINTR)
      return fail("waitpid");
  return status;
}

std::optional<int> Tracee::waitFor(Duration patience) {
  auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(patience);
  sigset_t signals = getChildSignal();
  for (;;) {
    int status;
    if (waitpid(pid, &status, __WALL | WNOHANG) == pid)
      return status;
    auto left = std::chrono::nanoseconds(deadline - Clock::now()).count();
    if (left <= 0)
      return std::nullopt;
    // Another thread of ours may take the signal: then we wait a bit longer.
    timespec time = {left / 1000000000, left % 1000000000};
    sigtimedwait(&signals, nullptr, &time);
  }
}

llvm::Expected<Tracee::Stop> Tracee::resume(Duration patience) {
  if (isAtBreakpoint) {
    if (llvm::Error error = stepOver())
      return std::move(error);
    wokenAt = instruction;
  }
  isAtBreakpoint = false;
  int signal = 0;
  for (bool isInterrupted = false;;) {
    if (ptrace(PTRACE_CONT, pid, nullptr, signal) != 0)
      return fail("ptrace");
    std::optional<int> status = waitFor(patience);
    if (!status) {
      isInterrupted = true;
      tgkill(pid, pid, SIGSTOP); // the first thread alone
      llvm::Expected<int> next = wait();
      if (!next)
        return next.takeError();
      status = *next;
    }
    if (hasEnded(*status))
      return Stop::Exit;
    if (llvm::Error error = readRegisters())
      return std::move(error);
    signal = 0;
    if (WSTOPSIG(*status) == SIGSTOP) {
      // A breakpoint that is faster leaves the signal behind: it is not wanted.
      // Nor is a stop before the program has woken up from a breakpoint: there
      // are more of them than are due to that place.
      if (isInterrupted && instruction != wokenAt) {
        wokenAt = 0;
        return Stop::Interrupt;
      }
      isInterrupted = false;
    } else if (WSTOPSIG(*status) == SIGTRAP &&
               breakpoints.count(instruction - trapBytes)) {
      isAtBreakpoint = true;
      wokenAt = instruction - trapBytes;
      if (llvm::Error error = setInstruction(instruction - trapBytes))
        return std::move(error);
      return Stop::Breakpoint;
    } else {
      signal = WSTOPSIG(*status);
    }
  }
}

/// Runs the instruction under the breakpoint we are at.
llvm::Error Tracee::stepOver() {
  uint64_t address = instruction;
  if (llvm::Error error = putByte(address, breakpoints[address]))
    return error;
  // A signal may come first, and the instruction is still to run.
  while (instruction == address) {
    if (ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr) != 0)
      return fail("ptrace");
    llvm::Expected<int> status = wait();
    if (!status)
      return status.takeError();
    if (hasEnded(*status))
      return createStringError("has ended at a breakpoint: " + failure);
    if (llvm::Error error = readRegisters())
      return error;
  }
  return putByte(address, trap);
}

llvm::Error Tracee::addBreakpoint(uint64_t address) {
  address += loadedAt;
  if (breakpoints.count(address))
    return llvm::Error::success();
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, pid, address, nullptr);
  if (errno != 0)
    return fail("ptrace");
  breakpoints[address] = uint8_t(word);
  return putByte(address, trap);
}

llvm::Error Tracee::removeBreakpoints() {
  for (auto [address, byte] : breakpoints)
    if (llvm::Error error = putByte(address, byte))
      return error;
  breakpoints.clear();
  isAtBreakpoint = false;
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Memory and registers
//===----------------------------------------------------------------------===//

llvm::Error Tracee::putByte(uint64_t address, uint8_t byte) {
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, pid, address, nullptr);
  if (errno != 0)
    return fail("ptrace");
  word = (word & ~0xffl) | byte;
  if (ptrace(PTRACE_POKETEXT, pid, address, word) != 0)
    return fail("ptrace");
  return llvm::Error::success();
}

llvm::Error Tracee::readRegisters() {
  for (auto [offset, value] : {std::pair(instructionOffset, &instruction),
                               std::pair(stackOffset, &stack)}) {
    errno = 0;
    *value = ptrace(PTRACE_PEEKUSER, pid, offset, nullptr);
    if (errno != 0)
      return fail("ptrace");
  }
  return llvm::Error::success();
}

llvm::Error Tracee::setInstruction(uint64_t address) {
  instruction = address;
  if (ptrace(PTRACE_POKEUSER, pid, instructionOffset, address) != 0)
    return fail("ptrace");
  return llvm::Error::success();
}

std::vector<uint64_t> Tracee::readStack(uint64_t begin, uint64_t end) const {
  std::vector<uint64_t> words(end > begin ? (end - begin) / 8 : 0);
  size_t bytes = words.size() * sizeof(uint64_t);
  iovec to = {words.data(), bytes};
  iovec from = {reinterpret_cast<void *>(begin), bytes};
  if (process_vm_readv(pid, &to, 1, &from, 1, 0) != ssize_t(bytes))
    words.clear();
  for (uint64_t &word : words)
    word -= loadedAt;
  return words;
}

} // namespace mlir::eke::profile
