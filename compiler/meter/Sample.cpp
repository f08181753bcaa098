//===- Sample.cpp - The time that kernels take ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   start | trunk … trunk head, choose a token | trunk head, choose | …
//           prefill                              decode
//
//   start | the entry | the entry | …
//
// A first run stops at every entry of the model. So it is known how many calls the
// prompt takes, where on the stack the return address of an entry is, and what it
// is. The runs that are sampled stop at the entries of the prompt, and then no
// more: a stop hides what is shortly before it.
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Sample.h"

#include "compiler/meter/CallStack.h"
#include "compiler/meter/Launcher.h"
#include "compiler/meter/Tracee.h"
#include "runtime/include/eke/abi.h"

#include "llvm/ADT/STLExtras.h"

#include <random>
#include <set>

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke::profile {

double SampledPhase::getKernelSeconds(StringRef symbol) const {
  uint64_t count = 0;
  for (const auto &[place, samples] : places)
    if (!place.pipeline.empty() && place.symbol == symbol)
      count += samples;
  return getSeconds(count);
}

bool canSample(const llvm::Triple &triple) { return Tracee::supports(triple); }

namespace {

class ProgramSampler {
public:
  ProgramSampler(const CompiledProgram &program,
                 std::vector<CallSite> callSites, const Decoder &decoder,
                 const Workload &workload, TemporaryFolder &folder,
                 const SampleOptions &options)
      : program(program), sites(std::move(callSites)),
        stack(program, decoder, sites), workload(workload), folder(folder),
        options(options), steps(workload.getSteps()) {
    samples.threads = options.threads;
  }

  llvm::Expected<Samples> run();

private:
  std::vector<std::string> getArguments(uint64_t steps) const;
  llvm::Error chooseSteps();
  llvm::Expected<llvm::json::Object> runForStatistics() const;
  llvm::Error runUndisturbed();
  llvm::Error learn();
  llvm::Error runSampled();
  llvm::Expected<std::unique_ptr<Tracee>> start(uint64_t steps);
  const Entry *findEntry(const Tracee &tracee) const;
  std::pair<const Entry *, uint64_t> findActive(const Tracee &tracee) const;
  llvm::Error enterTrunk(Tracee &tracee);
  void take(const Tracee &tracee);

  const CompiledProgram &program;
  std::vector<CallSite> sites;
  CallStack stack;
  const Workload &workload;
  TemporaryFolder &folder;
  const SampleOptions &options;
  uint64_t steps; // of a run

  // Each stop costs some ten microseconds, which do not count: a run that is
  // stopped gives shares, and no time.
  static constexpr double samplesPerSecond = 5000;
  // Intervals without memory: no rhythm of the program can meet them, and a stop
  // in between changes nothing.
  std::mt19937_64 random;
  std::exponential_distribution<double> interval{samplesPerSecond};

  Samples samples;
  std::vector<double> prefillTimes, repeatedTimes;

  /// Where an entry returns to, and how much older than that of the first trunk
  /// this address is on the stack.
  struct Anchor {
    int64_t offset;
    uint64_t next;
    const Entry *head; // null: a trunk, whichever was called last
    bool operator<(const Anchor &other) const {
      return std::tie(offset, next, head) <
             std::tie(other.offset, other.next, other.head);
    }
  };
  std::set<Anchor> anchors;
  uint64_t prefillCalls = 0; // of trunks

  // The state of a sampled run.
  const Entry *trunk = nullptr;
  uint64_t trunkStack = 0; // at the first call
  uint64_t calls = 0;
  SampledPhase *phase = nullptr;
};

} // namespace

std::vector<std::string> ProgramSampler::getArguments(uint64_t steps) const {
  std::vector<std::string> args = workload.getArguments(steps);
  args.insert(args.end(), {"--threads", std::to_string(options.threads)});
  return args;
}

/// Seconds per token of a phase in the statistics of a run.
static std::optional<double> readTime(const llvm::json::Object &statistics,
                                      StringRef phase, uint64_t tokens) {
  const llvm::json::Object *usage = statistics.getObject(phase);
  std::optional<double> seconds =
      usage ? usage->getNumber("seconds") : std::nullopt;
  if (!seconds || usage->getInteger("tokens") != int64_t(tokens))
    return std::nullopt;
  return *seconds / tokens;
}

llvm::Expected<llvm::json::Object> ProgramSampler::runForStatistics() const {
  return Launcher::native().runForStatistics(program, getArguments(steps));
}

/// A call may be over before the first sample: makes a run so many that it takes a
/// while.
llvm::Error ProgramSampler::chooseSteps() {
  constexpr double enough = 0.1; // seconds
  constexpr uint64_t most = 100000000;
  while (workload.getEntry() && steps < most) {
    auto statistics = runForStatistics();
    if (!statistics)
      return statistics.takeError();
    if (statistics->getNumber("seconds").value_or(enough) >= enough)
      break;
    steps *= 3;
  }
  return llvm::Error::success();
}

llvm::Error ProgramSampler::runUndisturbed() {
  auto statistics = runForStatistics();
  if (!statistics)
    return statistics.takeError();
  if (workload.getEntry()) {
    std::optional<double> seconds = statistics->getNumber("seconds");
    if (!seconds)
      return createStringError("has not said how long it ran");
    repeatedTimes.push_back(*seconds / double(steps));
    return llvm::Error::success();
  }
  auto prefill = readTime(*statistics, "prefill", workload.getPromptTokens());
  auto decode = readTime(*statistics, "decode", steps);
  if (!prefill || !decode)
    return createStringError("has not decoded " + std::to_string(steps) +
                             " tokens behind a prompt of " +
                             std::to_string(workload.getPromptTokens()));
  prefillTimes.push_back(*prefill);
  repeatedTimes.push_back(*decode);
  return llvm::Error::success();
}

/// The entry that the program is in front of.
const Entry *ProgramSampler::findEntry(const Tracee &tracee) const {
  auto found = llvm::find_if(program.entries, [&](const Entry &entry) {
    return entry.address == tracee.getInstruction();
  });
  return found == program.entries.end() ? nullptr : &*found;
}

llvm::Expected<std::unique_ptr<Tracee>> ProgramSampler::start(uint64_t steps) {
  std::vector<std::string> args = getArguments(steps);
  args.insert(args.begin(), program.path);
  auto tracee = Tracee::start(std::move(args), folder.getPath("errors"),
                              program.entryPoint);
  if (!tracee)
    return tracee.takeError();
  for (const Entry &entry : program.entries)
    if (llvm::Error error = (*tracee)->addBreakpoint(entry.address))
      return std::move(error);
  return tracee;
}

static llvm::Error reportExit(const Tracee &tracee, TemporaryFolder &folder) {
  const std::string &failure = tracee.getFailure();
  return createStringError(getReason(
      folder.read("errors"),
      "has ended too early" + (failure.empty() ? "" : ": " + failure)));
}

/// Finds the anchors, and how many calls the prompt takes.
llvm::Error ProgramSampler::learn() {
  auto tracee = start(/*steps=*/2);
  if (!tracee)
    return tracee.takeError();
  std::optional<uint64_t> first;
  // From the prompt's first trunk to the head of a decoded token, or one call.
  bool decodes = !workload.getEntry();
  for (unsigned heads = 0; decodes ? heads < 2 : !first;) {
    auto stop = (*tracee)->resume(Tracee::Duration(60));
    if (!stop)
      return stop.takeError();
    if (*stop == Tracee::Stop::Exit)
      return reportExit(**tracee, folder);
    const Entry *entry = findEntry(**tracee);
    if (*stop != Tracee::Stop::Breakpoint || !entry)
      continue;
    bool isHead = decodes && entry->role == EKE_ROLE_HEAD;
    heads += isHead;
    prefillCalls += decodes && !isHead && heads == 0;
    uint64_t stack = (*tracee)->getStack();
    if (!first)
      first = stack;
    std::vector<uint64_t> next = (*tracee)->readStack(stack, stack + 8);
    if (next.empty())
      return createStringError("its stack cannot be read");
    anchors.insert(
        {int64_t(stack - *first), next.front(), isHead ? entry : nullptr});
  }
  return llvm::Error::success();
}

/// The program is in front of an entry.
llvm::Error ProgramSampler::enterTrunk(Tracee &tracee) {
  const Entry *entry = findEntry(tracee);
  if (!entry || (!workload.getEntry() && entry->role == EKE_ROLE_HEAD))
    return llvm::Error::success();
  trunk = entry;
  if (calls++ == 0)
    trunkStack = tracee.getStack();
  phase = calls > prefillCalls ? &samples.repeated : &samples.prefill;
  return phase == &samples.repeated ? tracee.removeBreakpoints()
                                    : llvm::Error::success();
}

/// The entry that is running, and where its return address is.
std::pair<const Entry *, uint64_t>
ProgramSampler::findActive(const Tracee &tracee) const {
  // The oldest first: what is younger may be left from before.
  for (const Anchor &anchor : llvm::reverse(anchors)) {
    uint64_t at = trunkStack + anchor.offset;
    if (tracee.getStack() > at)
      continue;
    std::vector<uint64_t> next = tracee.readStack(at, at + 8);
    if (!next.empty() && next.front() == anchor.next)
      return {anchor.head ? anchor.head : trunk, at};
  }
  return {nullptr, 0};
}

/// Takes one sample.
void ProgramSampler::take(const Tracee &tracee) {
  if (!phase)
    return;
  const Symbol *function = program.findFunction(tracee.getInstruction());
  std::optional<size_t> site;
  if (auto [entry, end] = findActive(tracee); entry) {
    // Kernels keep at most 64 KB there.
    constexpr uint64_t most = 1 << 17;
    uint64_t begin =
        std::max(llvm::alignDown(tracee.getStack(), 8), end - most);
    site = stack.findSite(tracee.readStack(begin, end), entry->address,
                          function ? function->address : 0);
  }
  ++phase->samples;
  ++phase->places[site ? SamplePlace{sites[*site].pipeline, sites[*site].kernel}
                       : SamplePlace{"", function ? function->name : "?"}];
}

llvm::Error ProgramSampler::runSampled() {
  auto tracee = start(steps);
  if (!tracee)
    return tracee.takeError();
  trunk = nullptr, phase = nullptr, calls = 0;
  for (;;) {
    auto stop = (*tracee)->resume(Tracee::Duration(interval(random)));
    if (!stop)
      return stop.takeError();
    if (*stop == Tracee::Stop::Interrupt) {
      take(**tracee);
    } else if (*stop == Tracee::Stop::Breakpoint) {
      if (llvm::Error error = enterTrunk(**tracee))
        return error;
    } else {
      bool isComplete =
          phase == &samples.repeated && (*tracee)->getFailure().empty();
      return isComplete ? llvm::Error::success() : reportExit(**tracee, folder);
    }
  }
}

static double getMedian(std::vector<double> &times) {
  auto middle = times.begin() + times.size() / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

llvm::Expected<Samples> ProgramSampler::run() {
  using Clock = std::chrono::steady_clock;
  if (llvm::Error error = chooseSteps())
    return std::move(error);
  if (llvm::Error error = learn())
    return std::move(error);
  auto end = Clock::now() + Tracee::Duration(options.seconds);
  do {
    if (llvm::Error error = runUndisturbed())
      return std::move(error);
    if (llvm::Error error = runSampled())
      return std::move(error);
    ++samples.runs;
  } while (Clock::now() < end);
  if (!prefillTimes.empty())
    samples.prefill.secondsPerStep = getMedian(prefillTimes);
  samples.repeated.secondsPerStep = getMedian(repeatedTimes);
  return std::move(samples);
}

llvm::Expected<Samples> sample(const CompiledProgram &program,
                               const Workload &workload,
                               const SampleOptions &options) {
  auto prefixed = [&](llvm::Error error) {
    return createStringError("cannot sample " + program.name + ": " +
                             llvm::toString(std::move(error)));
  };
  if (!canSample(program.triple))
    return prefixed(createStringError("is for " + program.triple.getArchName() +
                                      ", which this machine does not run"));
  auto decoder = Decoder::create(program.triple);
  if (!decoder)
    return prefixed(decoder.takeError());
  auto sites = findCallSites(program, **decoder);
  if (!sites)
    return prefixed(sites.takeError());
  auto folder = TemporaryFolder::create();
  if (!folder)
    return prefixed(folder.takeError());
  auto samples = ProgramSampler(program, std::move(*sites), **decoder, workload,
                                *folder, options)
                     .run();
  if (!samples)
    return prefixed(samples.takeError());
  return samples;
}

} // namespace mlir::eke::profile
