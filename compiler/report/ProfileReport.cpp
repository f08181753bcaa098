//===- ProfileReport.cpp - A profile as a table and as JSON ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/report/ProfileReport.h"

#include "compiler/report/Table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Unicode.h"

using llvm::formatv;
using llvm::StringRef;
namespace json = llvm::json;

namespace mlir::eke::profile {

static constexpr llvm::StringLiteral regionNames[regionCount] = {
    "weights", "state", "arena", "other"};

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

namespace {

std::string formatRate(double number) {
  return formatv(
      number < 10 && number != uint64_t(number) ? "{0:f1}" : "{0:f0}", number);
}

std::string formatMicroseconds(double seconds) {
  double number = seconds * 1e6;
  return formatv(number < 10     ? "{0:f2}"
                 : number < 1000 ? "{0:f1}"
                                 : "{0:f0}",
                 number);
}

/// The function that a symbol names, as its author wrote it and without its
/// parameters: instances of templates go by names of hundreds of characters, of
/// which one would make all lines of the table as long. JSON has it whole.
std::string formatSymbol(const std::string &symbol) {
  constexpr size_t longest = 48;
  std::string name = symbol;
  llvm::ItaniumPartialDemangler demangler;
  if (!demangler.partialDemangle(symbol.c_str()) && demangler.isFunction()) {
    size_t size = 0;
    if (char *text = demangler.getFunctionName(nullptr, &size)) {
      name = text;
      std::free(text);
    }
  }
  if (name.size() > longest)
    name = name.substr(0, longest - 1) + "…";
  return name;
}

/// The numbers of one line of the table, per step.
void addNumbers(std::vector<std::string> &cells, const Counts &counts,
                uint64_t samples, const RunPhase &phase, bool hasCycles) {
  if (phase.sampled.samples) {
    cells.push_back(
        samples ? formatMicroseconds(phase.sampled.getSeconds(samples)) : "-");
    cells.push_back(
        samples
            ? formatv("{0:f2}", 100.0 * samples / phase.sampled.samples).str()
            : "-");
  }
  auto rate = [&](double number) { return formatRate(number / phase.steps); };
  cells.push_back(rate(counts.instructions));
  cells.push_back(formatv("{0:f2}", 100.0 * counts.instructions /
                                        phase.total.instructions));
  if (hasCycles)
    cells.push_back(rate(counts.cycles));
  for (uint64_t count : counts.classes)
    cells.push_back(rate(count));
  for (auto [read, written] : counts.bytes)
    cells.push_back(rate(read) + "+" + rate(written));
}

} // namespace

static void printSummary(const Profile &profile, llvm::raw_ostream &os) {
  os << formatv("{0} for {1}, weights {2}, counted by {3}\n", profile.model,
                profile.target, profile.weightsFormat, profile.emulator);
  os << formatv("start {0} instructions; ", profile.start.total.instructions);
  if (profile.entry.empty())
    os << formatv("prefill of {0} tokens {1}; decode of {2} tokens {3}:",
                  profile.prefill.steps, profile.prefill.total.instructions,
                  profile.repeated.steps, profile.repeated.total.instructions);
  else
    os << formatv("{0} calls of {1} {2}:", profile.repeated.steps,
                  profile.entry, profile.repeated.total.instructions);
  for (uint64_t instructions : profile.steps)
    os << " " << instructions;
  os << "\n";
}

static void printTime(const Profile &profile, const RunPhase &phase,
                      llvm::raw_ostream &os) {
  os << formatv("run natively on {0} thread{1}, {2} times: {3} µs per {4}, "
                "{5:f0} {4}s/s; a line's µs are its share of {6} samples\n",
                profile.sampledThreads, profile.sampledThreads == 1 ? "" : "s",
                profile.sampledRuns,
                formatMicroseconds(phase.sampled.secondsPerStep),
                profile.getUnit(), 1 / phase.sampled.secondsPerStep,
                phase.sampled.samples);
}

/// The bytes that each memory served: the first cache those of all accesses, the others
/// the lines that the one before fetched and wrote back.
static std::vector<Bytes> listServed(const RunPhase &phase) {
  std::vector<Bytes> served = {phase.total.bytes};
  llvm::append_range(served, phase.transfers);
  return served;
}

static std::string describe(const CacheLevel &cache) {
  std::string ways =
      cache.ways ? formatv("{0} ways", cache.ways).str() : "any place";
  return formatv("{0} of {1} bytes, {2}, lines of {3}", cache.name, cache.bytes,
                 ways, cache.lineBytes);
}

/// A memory, and what it served.
using ServedMemory = std::pair<StringRef, Bytes>;

static void printServed(llvm::ArrayRef<ServedMemory> memories,
                        const RunPhase &phase, llvm::raw_ostream &os) {
  Table table(1);
  std::vector<std::string> head = {"memory"};
  llvm::append_range(head, regionNames);
  head.push_back("total");
  table.addLine(head);
  for (const auto &[name, served] : memories) {
    std::vector<std::string> cells = {name.str()};
    std::array<uint64_t, 2> total = {};
    auto add = [&](const std::array<uint64_t, 2> &moved) {
      cells.push_back(formatRate(double(moved[0]) / phase.steps) + "+" +
                      formatRate(double(moved[1]) / phase.steps));
    };
    for (const std::array<uint64_t, 2> &moved : served) {
      add(moved);
      total[0] += moved[0];
      total[1] += moved[1];
    }
    add(total);
    table.addLine(std::move(cells));
  }
  table.print(os);
}

/// What each memory served, by name: the caches and what is behind them, if they are
/// simulated; or those of a board.
static std::vector<ServedMemory> listMemories(const Profile &profile,
                                              const RunPhase &phase) {
  std::vector<ServedMemory> memories;
  if (!profile.caches.levels.empty())
    for (auto [number, served] : llvm::enumerate(listServed(phase)))
      memories.emplace_back(profile.caches.getMemory(number), served);
  else
    for (const auto &[name, served] :
         llvm::zip_equal(profile.memories, phase.memories))
      memories.emplace_back(name, served);
  return memories;
}

static void printMemories(const Profile &profile, const RunPhase &phase,
                          llvm::raw_ostream &os) {
  const CacheLevels &caches = profile.caches;
  if (caches.levels.empty()) {
    os << formatv("\nmemories of {0}, per {1}; bytes are read+written\n",
                  profile.target, profile.getUnit());
    return printServed(listMemories(profile, phase), phase, os);
  }
  os << formatv(
      "\nmemories of {0}, per {1}; bytes are read+written, the caches "
      "simulated: ",
      caches.target, profile.getUnit());
  llvm::interleave(
      caches.levels, os,
      [&](const CacheLevel &cache) { os << describe(cache); }, "; ");
  os << "\n";
  printServed(listMemories(profile, phase), phase, os);
}

void printTable(const Profile &profile, const RunPhase &phase,
                llvm::raw_ostream &os) {
  printSummary(profile, os);
  bool hasCycles = !profile.cpuModel.empty();
  os << formatv("{0}, per {1}; bytes are read+written", phase.name,
                profile.getUnit());
  if (hasCycles)
    os << formatv("; cycles are an estimate: LLVM's model of {0}, all loads "
                  "hitting the first cache",
                  profile.cpuModel);
  os << "\n";
  bool hasTime = phase.sampled.samples > 0;
  if (hasTime)
    printTime(profile, phase, os);
  os << "\n";

  Table table(3);
  std::vector<std::string> head = {"layer", "pipeline", "symbol", "calls"};
  if (hasTime)
    head.insert(head.end(), {"µs", "µs%"});
  head.insert(head.end(), {"instr", "%"});
  if (hasCycles)
    head.push_back("cycles~");
  for (StringRef name :
       {"dot", "int-simd", "fp-simd", "scalar", "load", "store", "branch",
        "other", "weights", "state", "arena", "other-bytes"})
    head.push_back(name.str());
  table.addLine(head);
  // Every pipeline has a line; of the rest, what is not lost in it.
  constexpr double leastShare = 0.0005, leastSampledShare = 0.005;
  Counts small;
  uint64_t smallSamples = 0;
  for (const Row &row : phase.rows) {
    if (row.pipeline.empty() &&
        row.counts.instructions < leastShare * phase.total.instructions &&
        row.samples <= leastSampledShare * phase.sampled.samples) {
      small.add(row.counts);
      smallSamples += row.samples;
      continue;
    }
    std::vector<std::string> cells = {
        row.layer.empty() ? "-" : row.layer,
        row.pipeline.empty() ? "-" : row.pipeline, formatSymbol(row.symbol),
        row.calls ? formatRate(double(row.calls) / phase.steps) : "-"};
    addNumbers(cells, row.counts, row.samples, phase, hasCycles);
    table.addLine(std::move(cells));
  }
  if (small.instructions || smallSamples) {
    std::vector<std::string> cells = {"-", "-", "(other functions)", "-"};
    addNumbers(cells, small, smallSamples, phase, hasCycles);
    table.addLine(std::move(cells));
  }
  std::vector<std::string> cells = {"total", "", "", ""};
  addNumbers(cells, phase.total, phase.sampled.samples, phase, hasCycles);
  table.addLine(std::move(cells));
  table.print(os);
  if (!profile.caches.levels.empty() || !profile.memories.empty())
    printMemories(profile, phase, os);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static void printBytes(StringRef name, const Bytes &bytes, json::OStream &os) {
  os.attributeObject(name, [&] {
    for (auto [region, moved] : llvm::zip(regionNames, bytes))
      os.attributeObject(region, [&, moved = moved] {
        os.attribute("read", moved[0]);
        os.attribute("written", moved[1]);
      });
  });
}

static void printCounts(const Counts &counts, bool hasCycles,
                        json::OStream &os) {
  os.attribute("instructions", counts.instructions);
  os.attributeObject("classes", [&] {
    for (unsigned c = 0; c < classCount; ++c)
      os.attribute(getName(InstructionClass(c)), counts.classes[c]);
  });
  printBytes("bytes", counts.bytes, os);
  if (hasCycles)
    os.attribute("estimated_cycles", counts.cycles);
}

static void printSamples(const SampledPhase &sampled, uint64_t samples,
                         StringRef unit, json::OStream &os) {
  if (sampled.samples == 0)
    return;
  os.attribute("samples", samples);
  os.attribute(("sampled_seconds_per_" + unit).str(),
               sampled.getSeconds(samples));
}

static void printPhase(const Profile &profile, const RunPhase &phase,
                       bool hasCycles, json::OStream &os) {
  const std::string unit = profile.getUnit().str();
  hasCycles &= phase.steps > 0;
  os.attributeObject(phase.name, [&] {
    if (phase.steps)
      os.attribute(unit + "s", phase.steps);
    printCounts(phase.total, hasCycles, os);
    if (auto memories = listMemories(profile, phase); !memories.empty())
      os.attributeObject("memories", [&] {
        for (const auto &[name, served] : memories)
          printBytes(name, served, os);
      });
    if (phase.sampled.samples) {
      os.attribute("seconds_per_" + unit, phase.sampled.secondsPerStep);
      os.attribute(unit + "s_per_second", 1 / phase.sampled.secondsPerStep);
      os.attribute("samples", phase.sampled.samples);
    }
    os.attributeArray("rows", [&] {
      for (const Row &row : phase.rows)
        os.object([&] {
          os.attribute("layer", row.layer);
          os.attribute("pipeline", row.pipeline);
          os.attribute("symbol", row.symbol);
          os.attribute("calls", row.calls);
          printCounts(row.counts, hasCycles, os);
          printSamples(phase.sampled, row.samples, unit, os);
        });
    });
  });
}

static void printCaches(const CacheLevels &caches, json::OStream &os) {
  if (caches.levels.empty())
    return os.attribute("caches", nullptr);
  os.attributeObject("caches", [&] {
    os.attribute("target", caches.target);
    os.attributeArray("levels", [&] {
      for (const CacheLevel &cache : caches.levels)
        os.object([&] {
          os.attribute("name", cache.name);
          os.attribute("bytes", cache.bytes);
          os.attribute("line_bytes", cache.lineBytes);
          os.attribute("ways", cache.ways);
        });
    });
  });
}

/// Tokens have a position, calls are numbered.
static void printSteps(const Profile &profile, json::OStream &os) {
  bool decodes = profile.entry.empty();
  uint64_t number = decodes ? profile.prefill.steps : 0;
  os.attributeArray("steps", [&] {
    for (uint64_t instructions : profile.steps)
      os.object([&] {
        os.attribute(decodes ? "position" : "call", number++);
        os.attribute("instructions", instructions);
      });
  });
}

void printJSON(const Profile &profile, llvm::raw_ostream &stream) {
  json::OStream os(stream, /*IndentSize=*/2);
  bool hasCycles = !profile.cpuModel.empty();
  os.object([&] {
    os.attribute("program", profile.path);
    os.attribute("model", profile.model);
    os.attribute("model_hash", profile.hash);
    os.attribute("target", profile.target);
    os.attribute("weights_format", profile.weightsFormat);
    if (!profile.entry.empty())
      os.attribute("entry", profile.entry);
    os.attribute("emulator", profile.emulator);
    os.attribute("cycle_model", hasCycles ? json::Value(profile.cpuModel)
                                          : json::Value(nullptr));
    if (profile.sampledRuns == 0)
      os.attribute("sampling", nullptr);
    else
      os.attributeObject("sampling", [&] {
        os.attribute("threads", profile.sampledThreads);
        os.attribute("runs", profile.sampledRuns);
      });
    printCaches(profile.caches, os);
    printSteps(profile, os);
    for (const RunPhase *phase :
         {&profile.start, &profile.prefill, &profile.repeated, &profile.end})
      if (!phase->name.empty())
        printPhase(profile, *phase, hasCycles, os);
  });
  stream << "\n";
}

} // namespace mlir::eke::profile
