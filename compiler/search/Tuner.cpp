//===- Tuner.cpp - The search for a model's schedules ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Tuner.h"

#include "compiler/support/Diagnostics.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/Version.h"
#include "passes/pipelines/KernelNames.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using llvm::createStringError;
using llvm::formatv;

namespace mlir::eke {

using tune::Cost;
using tune::KernelSearch;
using tune::Measurement;

static constexpr StringRef kRole = "the schedules";

static std::string toText(ArrayAttr schedule) {
  std::string text;
  llvm::raw_string_ostream(text) << schedule;
  return text;
}

LogicalResult Tuner::report(llvm::Error error) {
  if (!error)
    return success();
  bar.reset();
  return eke::report(std::move(error));
}

/// What the answers in a journal depend on.
std::string Tuner::getKey() {
  std::string text = printModule(compiler.getModule());
  text += getVersion().str() + meter->getUnit() + options.workload.entry;
  return llvm::toHex(llvm::BLAKE3::hash<16>(llvm::arrayRefFromStringRef(text)),
                     /*LowerCase=*/true);
}

FailureOr<Measurement> Tuner::measure(StringRef path, unsigned effort) {
  llvm::Expected<Measurement> measurement = meter->measure(path, effort);
  if (measurement)
    return std::move(*measurement);
  return report(measurement.takeError());
}

/// Times in the journal were compared with the program's time in its search.
LogicalResult Tuner::rebase(Measurement &usual) {
  constexpr llvm::StringLiteral prompt = "prompt", step = "step";
  auto oldPrompt = journal->find("", prompt), oldStep = journal->find("", step);
  if (!oldPrompt || !*oldPrompt || !oldStep || !*oldStep) {
    journal->add("", prompt, Cost{usual.prompt});
    journal->add("", step, Cost{usual.step});
    return success();
  }
  meter->setUsual((*oldPrompt)->value, (*oldStep)->value);
  FailureOr<Measurement> again = measure(usualProgram, /*effort=*/2);
  if (succeeded(again))
    usual = std::move(*again);
  return again;
}

/// Compiles and measures the schedules of the recipes.
LogicalResult Tuner::prepare() {
  if (failed(compiler.load()))
    return failure();
  llvm::Expected<TemporaryFolder> created = TemporaryFolder::create();
  if (!created)
    return report(created.takeError());
  folder.emplace(std::move(*created));
  usualProgram = folder->getPath("usual");
  trialProgram = folder->getPath("trial");
  bar.emplace();
  bar->show(0, 1, "the schedules of the recipes");
  std::optional<TrialCompiler::Refusal> refusal;
  if (failed(compiler.compile({}, usualProgram, refusal))) {
    if (refusal)
      return report(createStringError(
          options.compile.model + ": kernel '" + refusal->symbol +
          "' cannot be compiled by the schedule of its recipe"));
    return failure();
  }
  auto opened = TrialMeter::create(usualProgram,
                                   {options.compile.model, options.objective,
                                    options.compile.target, options.workload},
                                   program);
  if (!opened)
    return report(opened.takeError());
  meter = std::move(*opened);
  // All others are compared with this one.
  FailureOr<Measurement> usual = measure(usualProgram, /*effort=*/2);
  if (failed(usual))
    return failure();
  journal.emplace(getJournalPath(), getKey());
  if (!meter->isExact() && failed(rebase(*usual)))
    return failure();
  measuredUsual = *usual;
  result.usualStep = usual->step;
  result.usualPrompt = usual->prompt;
  result.kernels = tune::findKernels(compiler.getModule());
  // What did not run, no schedule can make faster.
  llvm::erase_if(result.kernels, [&](KernelSearch &kernel) {
    kernel.setUsualCost(kernel.getCost(*usual));
    return kernel.getUsualCost().calls == 0;
  });
  for (const KernelSearch &kernel : result.kernels)
    rounds = std::max(rounds, kernel.countAlternatives());
  llvm::Expected<Results> results = meter->compute(usualProgram);
  if (!results)
    return report(results.takeError());
  usualResults = std::move(*results);
  measuredSeconds = getElapsed();
  measuredRounds = meter->isExact() ? 1 : 2;
  return success();
}

/// Does the name of a kernel come from one of these pipelines?
static bool isNamedAfter(StringRef symbol, const KernelSearch &kernel) {
  return llvm::any_of(kernel.getNames(), [&](StringRef name) {
    return symbol.starts_with(getKernelSymbol(name));
  });
}

/// Compiles the proposals, and for kernels without one what is best so far. Takes
/// proposals that cannot be compiled out.
LogicalResult Tuner::compile(Proposals &proposals) {
  for (;;) {
    ScheduleMap schedules;
    for (auto [kernel, proposal] : llvm::zip(result.kernels, proposals))
      for (const std::string &name : kernel.getNames())
        schedules[name] = proposal ? proposal : kernel.getBest();
    std::optional<TrialCompiler::Refusal> refusal;
    if (succeeded(compiler.compile(schedules, trialProgram, refusal)))
      return success();
    if (!refusal)
      return failure(); // which was reported
    bool isFound = false;
    for (auto [kernel, proposal] : llvm::zip(result.kernels, proposals))
      if (proposal && proposal == refusal->schedule &&
          isNamedAfter(refusal->symbol, kernel)) {
        journal->add(kernel.getNames().front(), toText(proposal), std::nullopt);
        kernel.report(std::nullopt, meter->getNoise());
        proposal = nullptr;
        isFound = true;
      }
    if (!isFound)
      return report(createStringError(
          options.compile.model + ": kernel '" + refusal->symbol +
          "' cannot be compiled by a schedule that it was compiled by before"));
  }
}

/// Takes what an earlier run has measured, if that was all of the round.
bool Tuner::answerFromJournal(const Proposals &proposals) {
  std::vector<std::optional<Cost>> answers;
  for (auto [kernel, proposal] : llvm::zip(result.kernels, proposals)) {
    std::optional<std::optional<Cost>> answer(std::nullopt);
    if (proposal)
      answer = journal->find(kernel.getNames().front(), toText(proposal));
    else
      answer.emplace();
    if (!answer)
      return false;
    answers.push_back(*answer);
  }
  for (auto [kernel, proposal, answer] :
       llvm::zip(result.kernels, proposals, answers))
    if (proposal)
      kernel.report(answer, meter->getNoise());
  return true;
}

LogicalResult Tuner::runRound(Proposals &proposals) {
  if (failed(compile(proposals)))
    return failure();
  FailureOr<Measurement> measured = measure(trialProgram);
  if (failed(measured))
    return failure();
  for (auto [kernel, proposal] : llvm::zip(result.kernels, proposals))
    if (proposal) {
      Cost cost = kernel.getCost(*measured);
      journal->add(kernel.getNames().front(), toText(proposal), cost);
      kernel.report(cost, meter->getNoise());
    }
  return report(journal->write());
}

void Tuner::showProgress() {
  unsigned improved = llvm::count_if(
      result.kernels, [](const KernelSearch &k) { return k.isImproved(); });
  auto seconds = unsigned(getElapsed());
  bar->show(
      round, rounds,
      formatv("{0} of {1} kernels got better, {2}:{3,0+2} of {4:f1} minutes",
              improved, result.kernels.size(), seconds / 60, seconds % 60,
              options.minutes)
          .str());
}

LogicalResult Tuner::search() {
  for (;; ++round) {
    showProgress();
    Proposals proposals;
    for (KernelSearch &kernel : result.kernels)
      proposals.push_back(kernel.propose());
    if (llvm::none_of(proposals, [](ArrayAttr each) { return bool(each); }))
      return success();
    if (answerFromJournal(proposals))
      continue;
    // Behind it, what was found is compiled and measured together: once if that is
    // exact, and else with the effort of six rounds.
    double start = getElapsed(), usual = measuredSeconds / measuredRounds;
    if (start + (meter->isExact() ? 2.5 : 8) * usual > 60 * options.minutes) {
      result.isComplete = false;
      return success();
    }
    if (failed(runRound(proposals)))
      return failure();
    measuredSeconds += getElapsed() - start;
    ++measuredRounds;
  }
}

/// The schedules change no result beyond the order of sums.
LogicalResult Tuner::checkResults() {
  llvm::Expected<Results> results = meter->compute(trialProgram);
  if (!results)
    return report(results.takeError());
  std::optional<std::string> difference = results->differsFrom(*usualResults);
  if (!difference)
    return success();
  return report(createStringError(options.compile.model +
                                  ": by the schedules found, " + *difference));
}

/// Measures the programs by the recipes' schedules and by the best ones. What was
/// found was found among many: where runs differ, that takes fresh numbers.
LogicalResult Tuner::measureBoth(Measurement &usual, Measurement &best,
                                 unsigned effort) {
  FailureOr<Measurement> first = usual, second = measure(trialProgram, effort);
  if (!meter->isExact())
    first = measure(usualProgram, effort);
  if (failed(first) || failed(second))
    return failure();
  usual = std::move(*first);
  best = std::move(*second);
  result.usualStep = usual.step;
  result.usualPrompt = usual.prompt;
  result.bestStep = best.step;
  result.bestPrompt = best.prompt;
  return success();
}

/// Compiles what was found together, and keeps what is better there as well.
LogicalResult Tuner::confirm() {
  bool isChanged = true;
  for (unsigned pass = 0; isChanged; ++pass) {
    if (llvm::none_of(result.kernels, [](const KernelSearch &kernel) {
          return kernel.isImproved();
        })) {
      result.bestStep = result.usualStep;
      result.bestPrompt = result.usualPrompt;
      return success();
    }
    Proposals none(result.kernels.size());
    Measurement usual = measuredUsual, best;
    if (failed(compile(none)) ||
        failed(measureBoth(usual, best, /*effort=*/pass == 0 ? 2 : 1)))
      return failure();
    isChanged = false;
    // Of noise, a second look would drop some more each time.
    if (meter->isExact() || pass == 0)
      for (KernelSearch &kernel : result.kernels)
        isChanged |= kernel.confirm(kernel.getCost(usual), kernel.getCost(best),
                                    meter->getNoise());
  }
  return checkResults();
}

LogicalResult Tuner::write() {
  auto module = compiler.getModule();
  result.target =
      module->getAttrOfType<TargetAttr>(kTargetAttr).getName().str();
  auto weights = module->getAttrOfType<StorageAttr>(kWeightsFormatAttr);
  result.weights = weights.getName().str();
  result.subject = formatv("{0} for {1}, weights {2}", meter->getModelName(),
                           result.target, result.weights);
  result.unit = meter->getUnit();
  result.stepName = meter->getStepName().str();
  std::string text;
  llvm::raw_string_ostream os(text);
  printSchedules(result, os);
  if (failed(report(writeOutput(options.output, kRole, text))))
    return failure();
  printTuneTable(result, llvm::outs());
  llvm::outs() << "written to " << options.output << "\n";
  if (result.isComplete)
    journal->remove();
  return success();
}

LogicalResult Tuner::run() {
  // An output that cannot be written is better known before the work.
  if (failed(report(checkOutput(options.output, kRole))) ||
      failed(report(tune::Journal::check(getJournalPath()))))
    return failure();
  if (failed(prepare()) || failed(search()) || failed(confirm()))
    return failure();
  bar.reset();
  return write();
}

} // namespace mlir::eke
