//===- Sample.cpp - The time that kernels take ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   start | trunk … trunk head, choose a token | trunk head, choose | …
//           prefill                              decode
//
// A first run stops at every entry of the model. So it is known how many calls the
// prompt takes, where on the stack the return address of an entry is, and what it
// is. The runs that are sampled stop at the entries of the prompt, and then no
// more: a stop hides what is shortly before it.
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Sample.h"

#include "compiler/meter/CallStack.h"
#include "compiler/meter/RunFolder.h"
#include "compiler/meter/Tracee.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

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

class Sampler {
public:
  Sampler(const Program &program, std::vector<CallSite> callSites,
          const Decoder &decoder, const RunFolder &folder,
          const SampleOptions &options)
      : program(program), sites(std::move(callSites)),
        stack(program, decoder, sites), folder(folder), options(options) {
    samples.threads = options.threads;
  }

  llvm::Expected<Samples> run();

private:
  std::vector<std::string> getArguments(uint64_t tokens) const;
  llvm::Error runUndisturbed();
  llvm::Error learn();
  llvm::Error runSampled();
  llvm::Expected<std::unique_ptr<Tracee>> start(uint64_t tokens);
  const Entry *findEntry(const Tracee &tracee) const;
  std::pair<const Entry *, uint64_t> findActive(const Tracee &tracee) const;
  llvm::Error enterTrunk(Tracee &tracee);
  void take(const Tracee &tracee);

  const Program &program;
  std::vector<CallSite> sites;
  CallStack stack;
  const RunFolder &folder;
  const SampleOptions &options;

  // Each stop costs some ten microseconds, which do not count: a run that is
  // stopped gives shares, and no time.
  static constexpr double samplesPerSecond = 5000;
  // Intervals without memory: no rhythm of the program can meet them, and a stop
  // in between changes nothing.
  std::mt19937_64 random;
  std::exponential_distribution<double> interval{samplesPerSecond};

  Samples samples;
  std::vector<double> prefillTimes, decodeTimes;

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

std::vector<std::string> Sampler::getArguments(uint64_t tokens) const {
  std::vector<std::string> args = {program.path,
                                   "--prompt-file",
                                   folder.getPath(RunFolder::prompt),
                                   "--tokens",
                                   std::to_string(tokens),
                                   "--threads",
                                   std::to_string(options.threads)};
  llvm::append_range(args, program.plainArguments);
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

llvm::Error Sampler::runUndisturbed() {
  std::string log = folder.getPath(RunFolder::log);
  std::string statistics = folder.getPath("statistics");
  // The first token comes from the prompt.
  std::vector<std::string> args = getArguments(options.tokens + 1);
  args.insert(args.end(), {"--stats", statistics});
  std::string message;
  const std::optional<StringRef> redirects[] = {"", "", log};
  std::vector<StringRef> argRefs(args.begin(), args.end());
  if (int status = llvm::sys::ExecuteAndWait(program.path, argRefs,
                                             llvm::ArrayRef<StringRef>(),
                                             redirects, 0, 0, &message))
    return createStringError(folder.getReason(
        message.empty() ? "exit status " + std::to_string(status) : message));
  auto text = llvm::MemoryBuffer::getFile(statistics);
  llvm::Expected<llvm::json::Value> json =
      llvm::json::parse(text ? (*text)->getBuffer() : "");
  if (!json)
    return json.takeError();
  const llvm::json::Object *object = json->getAsObject();
  auto prefill = object ? readTime(*object, "prefill", options.promptTokens)
                        : std::nullopt;
  auto decode =
      object ? readTime(*object, "decode", options.tokens) : std::nullopt;
  if (!prefill || !decode)
    return createStringError(
        "has not decoded " + std::to_string(options.tokens) +
        " tokens behind a prompt of " + std::to_string(options.promptTokens));
  prefillTimes.push_back(*prefill);
  decodeTimes.push_back(*decode);
  return llvm::Error::success();
}

/// The entry that the program is in front of.
const Entry *Sampler::findEntry(const Tracee &tracee) const {
  auto found = llvm::find_if(program.entries, [&](const Entry &entry) {
    return entry.address == tracee.getInstruction();
  });
  return found == program.entries.end() ? nullptr : &*found;
}

llvm::Expected<std::unique_ptr<Tracee>> Sampler::start(uint64_t tokens) {
  auto tracee =
      Tracee::start(getArguments(tokens), folder.getPath(RunFolder::log));
  if (!tracee)
    return tracee.takeError();
  for (const Entry &entry : program.entries)
    if (llvm::Error error = (*tracee)->addBreakpoint(entry.address))
      return std::move(error);
  return tracee;
}

static llvm::Error reportExit(const Tracee &tracee, const RunFolder &folder) {
  const std::string &failure = tracee.getFailure();
  return createStringError(folder.getReason(
      "has ended too early" + (failure.empty() ? "" : ": " + failure)));
}

/// Finds the anchors, and how many calls the prompt takes.
llvm::Error Sampler::learn() {
  auto tracee = start(/*tokens=*/3);
  if (!tracee)
    return tracee.takeError();
  std::optional<uint64_t> first;
  // From the prompt's first trunk to the head of a decoded token.
  for (unsigned heads = 0; heads < 2;) {
    auto stop = (*tracee)->resume(Tracee::Duration(60));
    if (!stop)
      return stop.takeError();
    if (*stop == Tracee::Stop::Exit)
      return reportExit(**tracee, folder);
    const Entry *entry = findEntry(**tracee);
    if (*stop != Tracee::Stop::Breakpoint || !entry)
      continue;
    bool isHead = entry->name == "head";
    heads += isHead;
    prefillCalls += !isHead && heads == 0;
    uint64_t stack = (*tracee)->getStack();
    if (!first)
      first = stack;
    std::vector<uint64_t> next = (*tracee)->read(stack, stack + 8);
    if (next.empty())
      return createStringError("its stack cannot be read");
    anchors.insert(
        {int64_t(stack - *first), next.front(), isHead ? entry : nullptr});
  }
  return llvm::Error::success();
}

/// The program is in front of an entry.
llvm::Error Sampler::enterTrunk(Tracee &tracee) {
  const Entry *entry = findEntry(tracee);
  if (!entry || entry->name == "head")
    return llvm::Error::success();
  trunk = entry;
  if (calls++ == 0)
    trunkStack = tracee.getStack();
  phase = calls > prefillCalls ? &samples.decode : &samples.prefill;
  return phase == &samples.decode ? tracee.removeBreakpoints()
                                  : llvm::Error::success();
}

/// The entry that is running, and where its return address is.
std::pair<const Entry *, uint64_t>
Sampler::findActive(const Tracee &tracee) const {
  // The oldest first: what is younger may be left from before.
  for (const Anchor &anchor : llvm::reverse(anchors)) {
    uint64_t at = trunkStack + anchor.offset;
    if (tracee.getStack() > at)
      continue;
    std::vector<uint64_t> next = tracee.read(at, at + 8);
    if (!next.empty() && next.front() == anchor.next)
      return {anchor.head ? anchor.head : trunk, at};
  }
  return {nullptr, 0};
}

/// Takes one sample.
void Sampler::take(const Tracee &tracee) {
  if (!phase)
    return;
  const Symbol *function = program.findFunction(tracee.getInstruction());
  std::optional<size_t> site;
  if (auto [entry, end] = findActive(tracee); entry) {
    // Kernels keep at most 64 KB there.
    constexpr uint64_t most = 1 << 17;
    uint64_t begin =
        std::max(llvm::alignDown(tracee.getStack(), 8), end - most);
    site = stack.findSite(tracee.read(begin, end), entry->address,
                          function ? function->address : 0);
  }
  ++phase->samples;
  ++phase->places[site ? SamplePlace{sites[*site].pipeline, sites[*site].kernel}
                       : SamplePlace{"", function ? function->name : "?"}];
}

llvm::Error Sampler::runSampled() {
  auto tracee = start(options.tokens + 1);
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
          phase == &samples.decode && (*tracee)->getFailure().empty();
      return isComplete ? llvm::Error::success() : reportExit(**tracee, folder);
    }
  }
}

static double getMedian(std::vector<double> &times) {
  auto middle = times.begin() + times.size() / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

llvm::Expected<Samples> Sampler::run() {
  using Clock = std::chrono::steady_clock;
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
  samples.prefill.secondsPerToken = getMedian(prefillTimes);
  samples.decode.secondsPerToken = getMedian(decodeTimes);
  return std::move(samples);
}

llvm::Expected<Samples> sample(const Program &program,
                               const SampleOptions &options) {
  auto prefixed = [&](llvm::Error error) {
    return createStringError("cannot sample " + program.name + ": " +
                             llvm::toString(std::move(error)));
  };
  if (!canSample(program.getTriple()))
    return prefixed(createStringError("is for " +
                                      program.getTriple().getArchName() +
                                      ", which this machine does not run"));
  auto decoder = Decoder::create(program.getTriple());
  if (!decoder)
    return prefixed(decoder.takeError());
  auto sites = findCallSites(program, **decoder);
  if (!sites)
    return prefixed(sites.takeError());
  auto folder = RunFolder::create();
  if (!folder)
    return prefixed(folder.takeError());
  if (llvm::Error error = folder->writePrompt(program, options.promptTokens))
    return prefixed(std::move(error));
  auto samples =
      Sampler(program, std::move(*sites), **decoder, *folder, options).run();
  if (!samples)
    return prefixed(samples.takeError());
  return samples;
}

} // namespace mlir::eke::profile
