//===- TrialMeter.cpp - What a program costs ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/TrialMeter.h"

#include "compiler/driver/Profile.h"
#include "compiler/driver/Score.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

namespace mlir::eke {

using profile::Program;
using tune::Cost;
using tune::Measurement;

/// The tokens of a prompt that takes steps of every width.
static uint64_t countRows(const Program &program, uint64_t tokens) {
  int64_t rows = 0;
  for (const profile::Entry &entry : program.entries)
    if (entry.name == "trunk")
      rows += entry.rows;
  int64_t most = int64_t(program.context) - int64_t(tokens) - 1;
  return std::clamp<int64_t>(rows, 1, std::max<int64_t>(most, 1));
}

llvm::Expected<TrialMeter> TrialMeter::create(StringRef path, StringRef model,
                                              StringRef objective,
                                              StringRef target,
                                              StringRef compiler) {
  auto program = Program::open(path, model);
  if (!program)
    return program.takeError();
  TrialMeter meter;
  meter.model = model.str();
  meter.modelName = program->model;
  meter.objective =
      objective == "instructions" ? Objective::Instructions : Objective::Cycles;
  meter.target = target.str();
  meter.compiler = compiler.str();
  meter.promptTokens = countRows(*program, meter.tokens);
  return std::move(meter);
}

llvm::Expected<Measurement> TrialMeter::measure(StringRef path) {
  CountOptions options{model, target, tokens, promptTokens};
  auto counted = countProgram(path, options, compiler);
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
  launcher.clear();
  for (StringRef word : llvm::split(counted->emulator, ' '))
    launcher.push_back(word.str());

  auto costOf = [&](const profile::Counts &counts) {
    auto instructions = double(counts.instructions);
    return wantsCycles ? Cost{counts.cycles, instructions}
                       : Cost{instructions, counts.cycles};
  };
  Measurement result;
  for (const profile::Phase *phase : {&counted->prefill, &counted->decode})
    for (const profile::Row &row : phase->rows) {
      Cost cost = costOf(row.counts);
      cost.calls = row.calls;
      result.pipelines[row.pipeline].add(cost);
    }
  auto perToken = [&](const profile::Phase &phase) {
    return costOf(phase.total).value / double(phase.tokens);
  };
  result.decode = perToken(counted->decode);
  result.prompt = perToken(counted->prefill);
  return std::move(result);
}

llvm::Expected<double> TrialMeter::score(StringRef path) const {
  return scoreProgram(path, launcher, model);
}

} // namespace mlir::eke
