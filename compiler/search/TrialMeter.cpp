//===- TrialMeter.cpp - What a program costs ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/TrialMeter.h"

#include "compiler/meter/CountProgram.h"
#include "compiler/targets/Targets.h"
#include "runtime/include/eke/abi.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>

namespace mlir::eke {

using profile::CompiledProgram;
using profile::Workload;
using tune::Cost;
using tune::Measurement;

/// The tokens of a prompt that takes steps of every width.
static uint64_t countRows(const CompiledProgram &program, uint64_t tokens) {
  int64_t rows = 0;
  for (const profile::Entry &entry : program.entries)
    if (entry.role == EKE_ROLE_TRUNK)
      rows += entry.rows;
  int64_t most = int64_t(program.language->context) - int64_t(tokens) - 1;
  return std::clamp<int64_t>(rows, 1, std::max<int64_t>(most, 1));
}

llvm::Expected<TrialMeter> TrialMeter::create(StringRef path,
                                              const TrialOptions &options,
                                              StringRef compiler) {
  auto program = CompiledProgram::open(path, options.model);
  if (!program)
    return program.takeError();
  TrialMeter meter;
  meter.options = options;
  meter.modelName = program->model;
  // Another device's time is not the time of this machine.
  bool isHere = program->target == getHostTargetName();
  meter.objective =
      options.objective.value_or(isHere ? Objective::Time : Objective::Cycles);
  meter.usualPath = path.str();
  meter.compiler = compiler.str();
  profile::WorkloadOptions &workload = meter.options.workload;
  workload.tokens = workload.calls = 4;
  if (program->language) {
    // Each run has to start and to load: a longer one has more to sample.
    if (meter.objective == Objective::Time)
      workload.tokens =
          std::clamp<int64_t>(program->language->context / 4, 4, 64);
    workload.promptTokens = countRows(*program, workload.tokens);
  }
  auto created = Workload::create(*program, workload);
  if (!created)
    return created.takeError();
  meter.stepName = created->getUnit().str();
  return std::move(meter);
}

double TrialMeter::getNoise() const {
  switch (objective) {
  case Objective::Time:
    return 0.02;
  case Objective::Cycles:
    return 0.01;
  case Objective::Instructions:
    return 0;
  }
  llvm_unreachable("covered switch");
}

llvm::Expected<Measurement> TrialMeter::measure(StringRef path,
                                                unsigned effort) {
  return objective == Objective::Time ? time(path, effort) : count(path);
}

//===----------------------------------------------------------------------===//
// Counts
//===----------------------------------------------------------------------===//

llvm::Expected<Measurement> TrialMeter::count(StringRef path) {
  CountOptions count{options.model, options.target, options.workload};
  auto counted = countProgram(path, count, compiler);
  if (!counted)
    return counted.takeError();
  bool wantsCycles = objective == Objective::Cycles;
  if (wantsCycles && counted->cpuModel.empty())
    return llvm::createStringError(
        "LLVM has no model of '" + counted->target +
        "' to estimate cycles with; expected '--objective=instructions'");
  unit = wantsCycles
             ? "cycles, estimated: LLVM's model of " + counted->cpuModel +
                   ", all loads hitting the first cache"
             : "instructions, counted by " + counted->emulator;

  auto costOf = [&](const profile::Counts &counts) {
    auto instructions = double(counts.instructions);
    return wantsCycles ? Cost{counts.cycles, instructions}
                       : Cost{instructions, counts.cycles};
  };
  Measurement result;
  for (const profile::RunPhase *phase : {&counted->prefill, &counted->repeated})
    for (const profile::Row &row : phase->rows) {
      Cost cost = costOf(row.counts);
      cost.calls = row.calls;
      result.pipelines[row.pipeline].add(cost);
    }
  auto perStep = [&](const profile::RunPhase &phase) {
    return phase.steps ? costOf(phase.total).value / double(phase.steps) : 0;
  };
  result.step = perStep(counted->repeated);
  result.prompt = perStep(counted->prefill);
  return std::move(result);
}

// Time
//===----------------------------------------------------------------------===//

/// Samples a program for so long, and adds what was found to `sum`. Other work on
/// the machine only makes times longer, so the shortest counts.
llvm::Error TrialMeter::addSamples(StringRef path, double seconds,
                                   profile::Samples &sum) const {
  auto program = CompiledProgram::open(path, options.model);
  if (!program)
    return program.takeError();
  auto workload = Workload::create(*program, options.workload);
  if (!workload)
    return workload.takeError();
  auto samples = profile::sample(*program, *workload, {/*threads=*/1, seconds});
  if (!samples)
    return samples.takeError();
  for (auto [from, to] : {std::pair(&samples->prefill, &sum.prefill),
                          std::pair(&samples->repeated, &sum.repeated)}) {
    to->secondsPerStep =
        sum.runs == 0 ? from->secondsPerStep
                      : std::min(to->secondsPerStep, from->secondsPerStep);
    to->samples += from->samples;
    for (const auto &[place, count] : from->places)
      to->places[place] += count;
  }
  sum.runs += samples->runs;
  return llvm::Error::success();
}

/// Adds the costs of the pipelines in a phase that took so long.
static void addCosts(const profile::SampledPhase &phase, double nanoseconds,
                     Measurement &sum) {
  for (const auto &[place, count] : phase.places) {
    double perSample = nanoseconds / double(phase.samples);
    Cost cost;
    cost.value = perSample * double(count);
    cost.error = perSample * std::sqrt(double(count));
    sum.pipelines[place.pipeline].add(cost);
  }
}

/// Times a program in turns with the one that was measured first: the machine may
/// be slower or faster than it was then, which the times are scaled by.
llvm::Expected<Measurement> TrialMeter::time(StringRef path, unsigned effort) {
  constexpr unsigned turns = 4;
  constexpr double trialSeconds = 2, usualSeconds = 0.5;
  if (!usual) {
    // Counting says how often a pipeline runs, and that it runs at all.
    auto counted = count(path);
    if (!counted)
      return counted.takeError();
    for (const auto &entry : counted->pipelines)
      calls[entry.getKey()] = entry.getValue().calls;
  }
  profile::Samples now, usualNow;
  for (unsigned turn = 0; turn < turns * effort; ++turn) {
    if (llvm::Error error = addSamples(path, trialSeconds, now))
      return std::move(error);
    if (llvm::Error error = addSamples(usualPath, usualSeconds, usualNow))
      return std::move(error);
  }
  unit =
      "nanoseconds, sampled on this machine; less than two standard errors or "
      "2 % are no difference";
  double usualPrompt = 1e9 * usualNow.prefill.secondsPerStep,
         usualStep = 1e9 * usualNow.repeated.secondsPerStep;
  if (!usual)
    usual = {usualPrompt, usualStep};
  Measurement result;
  // Of an entry there is no prompt.
  if (usualPrompt > 0)
    result.prompt =
        1e9 * now.prefill.secondsPerStep * usual->first / usualPrompt;
  result.step = 1e9 * now.repeated.secondsPerStep * usual->second / usualStep;
  double steps =
      stepName == "call" ? options.workload.calls : options.workload.tokens;
  addCosts(now.prefill, result.prompt * double(options.workload.promptTokens),
           result);
  addCosts(now.repeated, result.step * steps, result);
  for (const auto &entry : calls) {
    Cost &cost = result.pipelines[entry.getKey()];
    cost.calls = entry.getValue();
    // What was never met took less than a sample or so, not no time.
    if (cost.error == 0)
      cost.error = result.step * steps / double(now.repeated.samples);
  }
  return std::move(result);
}

llvm::Expected<Results> TrialMeter::compute(StringRef path) const {
  auto program = CompiledProgram::open(path, options.model);
  if (!program)
    return program.takeError();
  auto target = findTargetProfile(program->target);
  if (!target)
    return target.takeError();
  auto workload = Workload::create(*program, options.workload);
  if (!workload)
    return workload.takeError();
  bool isHere = program->target == getHostTargetName();
  return Results::compute(*program, *workload,
                          isHere ? profile::Launcher::native()
                                 : profile::Launcher::emulate(*target));
}

} // namespace mlir::eke
