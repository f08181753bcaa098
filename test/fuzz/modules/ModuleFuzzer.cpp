//===- ModuleFuzzer.cpp - Valid modules, mutated --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   seeds ── parse ──▶ clone ── change ──▶ is it valid? ── print, parse ──▶ phases
//
// Mutant number i has the seed S + i. A crash and a mutant that takes too long end the
// process: FOLDER/current says which it was, and whether it was being made or run.
// --write writes one without running it.
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Register.h"
#include "compiler/targets/Targets.h"
#include "dialects/eke/ModuleFile.h"
#include "test/fuzz/modules/Mutator.h"
#include "test/fuzz/modules/RunPhases.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <chrono>
#include <csignal>
#include <sys/time.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

using namespace mlir;
using namespace mlir::eke;
using namespace mlir::eke::test;
namespace cl = llvm::cl;

static cl::opt<std::string> seedFolder(cl::Positional, cl::Required,
                                       cl::desc("<folder of modules>"));
static cl::opt<std::string> workFolder("work", cl::init("."),
                                       cl::desc("where faults are written"));
static cl::opt<uint64_t> firstSeed("seed", cl::init(0),
                                   cl::desc("of the first mutant"));
static cl::opt<uint64_t> mutantCount("modules", cl::init(1000),
                                     cl::desc("how many mutants to run"));
static cl::opt<double> mostSeconds("seconds", cl::init(1e9),
                                   cl::desc("when to stop"));
static cl::opt<unsigned>
    limit("limit", cl::init(20),
          cl::desc("seconds of the processor that a mutant may take"));
static cl::opt<unsigned> keepEvery("keep-every", cl::init(0),
                                   cl::desc("write each N-th that passes"));
static cl::opt<bool> writeOnly("write", cl::desc("write a mutant, run none"));

/// How mutants fared.
static uint64_t counts[3];

#if __has_feature(address_sanitizer)
// LLVM's allocators poison what they have not given out. Its libraries are
// Debian's, without sanitizers, and would not take that back.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:handle_abort=1:hard_rss_limit_mb=6000:"
         "detect_leaks=0";
}
extern "C" const char *__ubsan_default_options() {
  return "print_stacktrace=1";
}

static void watchCrashes() {}
#else
static void showStack(int signal) {
  llvm::sys::PrintStackTrace(llvm::errs());
  std::signal(signal, SIG_DFL);
  raise(signal);
}

static void watchCrashes() {
  for (int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV})
    std::signal(signal, showStack);
}
#endif

namespace {

/// A context with its seeds. It keeps every type and attribute, so it is replaced before
/// it grows large.
class Laboratory {
public:
  Laboratory() : context(makeRegistry(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
    std::error_code error;
    std::vector<std::string> paths;
    for (llvm::sys::fs::directory_iterator at(seedFolder, error), end;
         at != end && !error; at.increment(error))
      if (StringRef(at->path()).ends_with(".mlir"))
        paths.push_back(at->path());
    llvm::sort(paths);
    ScopedDiagnosticHandler silence(&context,
                                    [](Diagnostic &) { return success(); });
    SmallVector<ModuleOp> modules;
    for (const std::string &path : paths)
      if (auto module = parseSourceFile<ModuleOp>(path, &context)) {
        modules.push_back(*module);
        seeds.push_back(std::move(module));
      }
    SmallVector<Attribute> targets;
    for (StringRef name : {"cortex-a53", "cortex-a76", "generic-armv8",
                           "x86-64-v2", "x86-64-v3", "x86-64-v4-vnni"})
      targets.push_back(
          getTargetAttr(&context, llvm::cantFail(findTargetProfile(name))));
    mutator.emplace(modules, targets);
    runner.emplace(context, seedFolder);
  }

  bool hasSeeds() const { return !seeds.empty(); }

  /// The text of a mutant, or nothing.
  std::string make(uint64_t seed) {
    OwningOpRef<ModuleOp> mutant = mutator->makeMutant(seed);
    std::string text;
    if (mutant)
      llvm::raw_string_ostream(text) << *mutant;
    return text;
  }

  /// What users could write: passes have to take what comes out of the parser.
  OwningOpRef<ModuleOp> parse(StringRef text) {
    ScopedDiagnosticHandler silence(&context,
                                    [](Diagnostic &) { return success(); });
    if (llvm::Error error = checkModuleText(text, "mutant")) {
      llvm::consumeError(std::move(error));
      return nullptr;
    }
    return parseSourceString<ModuleOp>(text, &context);
  }

  Outcome run(ModuleOp module) { return runner->run(module); }

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }

  MLIRContext context;
  std::vector<OwningOpRef<ModuleOp>> seeds;
  std::optional<Mutator> mutator;
  std::optional<PhaseRunner> runner;
};

} // namespace

/// Writes a mutant to the folder of work, and returns its path.
static std::string writeMutant(StringRef kind, uint64_t seed, StringRef text) {
  SmallString<128> path(workFolder);
  llvm::sys::path::append(path, kind + Twine("-") + Twine(seed) + ".mlir");
  std::error_code error;
  llvm::raw_fd_ostream(path, error) << text;
  if (error)
    llvm::report_fatal_error("cannot write " + Twine(path));
  return std::string(path);
}

/// Prints what the verifier said behind passes: none should make what it refuses.
static void
printCaught(const llvm::StringMap<std::pair<unsigned, uint64_t>> &caught) {
  for (const auto &[message, times] : caught)
    llvm::outs() << times.first << " times: " << message << " (mutant "
                 << times.second << ")\n";
}

namespace {

/// Says in a file what is being done, which a crash leaves as it is.
class Progress {
public:
  Progress() : out(getPath(), error) {
    if (error)
      llvm::report_fatal_error("cannot write " + Twine(getPath()));
  }

  void say(uint64_t seed, StringRef what) {
    std::string text = llvm::formatv(
        "{0,20} {1,-8} {2,12} passed, {3,12} refused, {4,12} failed\n", seed,
        what, uint64_t(counts[Outcome::Passed]),
        uint64_t(counts[Outcome::Refused]), uint64_t(counts[Outcome::Fault]));
    out.seek(0);
    out << text;
    out.flush();
  }

private:
  static std::string getPath() { return workFolder + "/current"; }

  std::error_code error;
  llvm::raw_fd_ostream out;
};

} // namespace

/// Lets the process end by a signal after so many seconds of the processor; 0: never.
static void allow(unsigned seconds) {
  struct itimerval timer = {{0, 0}, {time_t(seconds), 0}};
  setitimer(ITIMER_PROF, &timer, nullptr);
}

/// Runs mutants, and counts how they fared.
static bool runMutants() {
  constexpr uint64_t longest = 1000;
  auto start = std::chrono::steady_clock::now();
  std::unique_ptr<Laboratory> laboratory;
  uint64_t done = 0;
  Progress progress;
  llvm::outs().SetUnbuffered(); // a crash would take what was said with it
  llvm::StringMap<std::pair<unsigned, uint64_t>> caught;
  auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  };
  for (; done < mutantCount && seconds() < mostSeconds; ++done) {
    if (done % longest == 0)
      laboratory = std::make_unique<Laboratory>();
    uint64_t currentSeed = firstSeed + done;
    allow(limit);
    progress.say(currentSeed, "is made");
    std::string text = laboratory->make(currentSeed);
    OwningOpRef<ModuleOp> module;
    if (!text.empty())
      module = laboratory->parse(text);
    if (!module)
      continue;
    progress.say(currentSeed, "runs");
    Outcome outcome = laboratory->run(*module);
    ++counts[outcome.kind];
    if (StringRef(outcome.message).starts_with("invalid behind ")) {
      auto &times = caught[outcome.message];
      if (times.first++ == 0)
        times.second = currentSeed;
    }
    if (outcome.kind == Outcome::Fault)
      llvm::outs() << "mutant " << currentSeed << ": " << outcome.message
                   << "\n  see " << writeMutant("fault", currentSeed, text)
                   << "\n";
    else if (outcome.kind == Outcome::Passed && keepEvery &&
             counts[Outcome::Passed] % keepEvery == 0)
      writeMutant("passed", currentSeed, text);
  }
  allow(0);
  printCaught(caught);
  llvm::outs() << done << " mutants from seed " << firstSeed << " in "
               << llvm::format("%.0f", seconds())
               << " s: " << counts[Outcome::Passed] << " passed, "
               << counts[Outcome::Refused] << " refused, "
               << counts[Outcome::Fault] << " failed\n";
  return counts[Outcome::Fault] == 0;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv,
                              "Mutates modules, and runs all phases\n");
  if (!Laboratory().hasSeeds())
    llvm::report_fatal_error("no modules in " + Twine(seedFolder));
  if (writeOnly) {
    llvm::outs() << writeMutant("mutant", firstSeed,
                                Laboratory().make(firstSeed))
                 << "\n";
    return 0;
  }
  watchCrashes();
  return runMutants() ? 0 : 1;
}
