//===- EntryMeter.cpp - What one call of an entry costs -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/EntryMeter.h"

#include "compiler/targets/Targets.h"
#include "runtime/include/eke/abi.h"

#include "llvm/ADT/StringExtras.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

using profile::Argument;
using profile::CompiledProgram;
using profile::Launcher;
using profile::Workload;

llvm::Expected<EntryMeter> EntryMeter::create(StringRef path, StringRef model,
                                              StringRef compiler) {
  auto program = CompiledProgram::open(path, model);
  if (!program)
    return program.takeError();
  auto target = findTargetProfile(program->target);
  if (!target)
    return target.takeError();
  EntryMeter meter;
  meter.compiler = compiler.str();
  meter.unit = "time on this machine";
  if (program->target != getHostTargetName()) {
    meter.launcher = Launcher::emulate(*target);
    meter.unit = "instructions, counted by " + meter.launcher.describe();
  }
  meter.program = std::move(*program);
  return std::move(meter);
}

std::vector<int64_t> EntryMeter::getRows(StringRef role) const {
  std::vector<int64_t> rows;
  for (const profile::Entry &known : program.entries)
    if (known.role == role)
      rows.push_back(known.rows);
  llvm::sort(rows);
  return rows;
}

double EntryMeter::getWeightBytes(StringRef role, int64_t rows) const {
  for (const profile::Entry &known : program.entries)
    if (known.role == role && known.rows == rows)
      return double(known.weightBytes);
  return 0;
}

/// An input in the middle of a context, where `position` is.
static std::string makeInput(const Argument &argument, int64_t position) {
  std::string bytes;
  auto append = [&](auto number) {
    bytes.append(reinterpret_cast<const char *>(&number), sizeof number);
  };
  while (bytes.size() < argument.bytes)
    if (argument.type == EKE_F32)
      append(0.01f);
    else if (argument.type == EKE_I64)
      append(position);
    else
      append(int32_t(0));
  return bytes;
}

llvm::Expected<double> EntryMeter::measure(StringRef role, int64_t rows) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  profile::WorkloadOptions options;
  for (const profile::Entry &known : program.entries)
    if (known.role == role && known.rows == rows) {
      options.entry = known.getLabel();
      for (const Argument &argument : known.arguments) {
        if (argument.isOutput)
          continue;
        if (llvm::Error error = folder->write(
                argument.name,
                makeInput(argument, program.language->context / 2)))
          return std::move(error);
        options.inputs.push_back(folder->getPath(argument.name));
      }
    }
  auto workload = Workload::create(program, options);
  if (!workload)
    return workload.takeError();
  return isHere() ? time(*workload) : count(*workload);
}

// Time

/// Calls an entry in several runs. Other work on the machine only makes times
/// longer, so the shortest counts.
llvm::Expected<double> EntryMeter::time(const Workload &workload) const {
  constexpr unsigned runs = 5;
  constexpr double enough = 0.02; // seconds
  double best = 0;
  int64_t repeats = 3;
  for (unsigned run = 0; run < runs;) {
    auto statistics =
        launcher.runForStatistics(program, workload.getArguments(repeats));
    if (!statistics)
      return statistics.takeError();
    std::optional<double> seconds = statistics->getNumber("seconds");
    if (!seconds)
      return createStringError(program.name + ": has not said how long it ran");
    if (*seconds < enough && repeats < 100000) {
      repeats *= 3;
      continue;
    }
    double one = *seconds / double(repeats);
    best = run == 0 ? one : std::min(best, one);
    ++run;
  }
  return best;
}

// Counts
//===----------------------------------------------------------------------===//

/// The instructions in all lines `block ADDRESS BYTES INSTRUCTIONS COUNT`.
static double sumCounts(StringRef text) {
  double sum = 0;
  for (StringRef line : llvm::split(text, '\n')) {
    llvm::SmallVector<StringRef, 5> words;
    line.split(words, ' ');
    uint64_t instructions, count;
    if (words.size() == 5 && words[0] == "block" &&
        !words[3].getAsInteger(10, instructions) &&
        !words[4].getAsInteger(10, count))
      sum += double(instructions) * double(count);
  }
  return sum;
}

/// What a run with one call more takes more.
llvm::Expected<double> EntryMeter::count(const Workload &workload) const {
  double totals[2];
  for (int repeats : {1, 2}) {
    auto counts = launcher.runAndCount(program, workload.getArguments(repeats),
                                       /*plan=*/"", compiler);
    if (!counts)
      return counts.takeError();
    totals[repeats - 1] = sumCounts(*counts);
  }
  return totals[1] - totals[0];
}

} // namespace mlir::eke
