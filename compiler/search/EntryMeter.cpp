//===- EntryMeter.cpp - What one call of an entry costs -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/EntryMeter.h"

#include "compiler/meter/RunFolder.h"
#include "compiler/search/RunJSON.h"
#include "compiler/support/RuntimeFolder.h"
#include "compiler/targets/Targets.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

using profile::Program;
using profile::RunFolder;

llvm::Expected<EntryMeter> EntryMeter::create(StringRef path, StringRef model,
                                              StringRef compiler) {
  auto program = Program::open(path, model);
  if (!program)
    return program.takeError();
  auto target = findTargetProfile(program->target);
  if (!target)
    return target.takeError();
  EntryMeter meter;
  meter.isHere = program->target == getHostTargetName();
  if (meter.isHere) {
    meter.unit = "time on this machine";
  } else {
    std::string emulator = ("qemu-" + program->getTriple().getArchName()).str();
    std::string cpu = target->qemu_cpu().empty() ? "max" : target->qemu_cpu();
    meter.launcher = {emulator, "-cpu", cpu};
    meter.unit = "instructions, counted by " + emulator + " -cpu " + cpu;
    meter.plugin = getRuntimeFolder(compiler) + "/libeke-meter.so";
  }
  meter.program = std::move(*program);
  return std::move(meter);
}

std::vector<int64_t> EntryMeter::getRows(StringRef entry) const {
  std::vector<int64_t> rows;
  for (const profile::Entry &known : program.entries)
    if (known.name == entry)
      rows.push_back(known.rows);
  llvm::sort(rows);
  return rows;
}

double EntryMeter::getWeightBytes(StringRef entry, int64_t rows) const {
  for (const profile::Entry &known : program.entries)
    if (known.name == entry && known.rows == rows)
      return double(known.weightBytes);
  return 0;
}

/// The bytes of `count` numbers.
template <typename Number>
static std::string bytesOf(int64_t count, Number number) {
  std::string bytes;
  for (int64_t i = 0; i < count; ++i)
    bytes.append(reinterpret_cast<const char *>(&number), sizeof number);
  return bytes;
}

llvm::Expected<double> EntryMeter::measure(StringRef entry, int64_t rows) {
  auto folder = RunFolder::create();
  if (!folder)
    return folder.takeError();
  std::string data = folder->getPath("data"), at = folder->getPath("position"),
              out = folder->getPath("out");
  bool takesTokens = entry == "trunk" || entry == "draft";
  std::string bytes = takesTokens ? bytesOf(rows, int32_t(0))
                                  : bytesOf(rows * program.width, 0.01f);
  if (llvm::Error error = folder->write("data", bytes))
    return std::move(error);
  if (llvm::Error error =
          folder->write("position", bytesOf(1, int64_t(program.context / 2))))
    return std::move(error);
  std::vector<std::string> call = {
      "--entry", (entry + "/" + llvm::Twine(rows)).str(), "--in", data};
  if (!entry.ends_with("head"))
    call.push_back(at);
  call.insert(call.end(), {"--out", out});
  return isHere ? time(call) : count(call);
}

//===----------------------------------------------------------------------===//
// Time
//===----------------------------------------------------------------------===//

/// Calls an entry in several runs. Other work on the machine only makes times
/// longer, so the shortest counts.
llvm::Expected<double>
EntryMeter::time(llvm::ArrayRef<std::string> call) const {
  constexpr unsigned runs = 5;
  constexpr double enough = 0.02; // seconds
  double best = 0;
  int64_t repeats = 3;
  for (unsigned run = 0; run < runs;) {
    std::vector<std::string> args(call);
    args.insert(args.end(), {"--repeat", std::to_string(repeats)});
    auto statistics =
        runForStatistics(program.path, launcher, args, program.name);
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

//===----------------------------------------------------------------------===//
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
llvm::Expected<double>
EntryMeter::count(llvm::ArrayRef<std::string> call) const {
  auto folder = RunFolder::create();
  if (!folder)
    return folder.takeError();
  if (llvm::Error error = folder->write("plan", ""))
    return std::move(error);
  std::string counts = folder->getPath("counts");
  std::vector<std::string> counting = launcher;
  counting.insert(counting.end(),
                  {"-plugin", plugin + ",plan=" + folder->getPath("plan") +
                                  ",out=" + counts});
  double totals[2];
  for (int repeats : {1, 2}) {
    std::vector<std::string> args(call);
    args.insert(args.end(), {"--repeat", std::to_string(repeats)});
    if (auto run = runForStatistics(program.path, counting, args, program.name);
        !run)
      return run.takeError();
    auto text = llvm::MemoryBuffer::getFile(counts);
    if (!text)
      return createStringError(program.name + ": nothing was counted");
    totals[repeats - 1] = sumCounts((*text)->getBuffer());
  }
  return totals[1] - totals[0];
}

} // namespace mlir::eke
