//===- Profile.cpp - Counts by layer, kernel and phase --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/Profile.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::eke::profile {

void Counts::add(const Counts &other) {
  instructions += other.instructions;
  for (unsigned c = 0; c < classCount; ++c)
    classes[c] += other.classes[c];
  addBytes(bytes, other.bytes);
  cycles += other.cycles;
}

namespace {

using BlockKey = std::pair<uint64_t, uint64_t>;

class Summarizer {
public:
  Summarizer(const CompiledProgram &program, const Decoder &decoder,
             llvm::ArrayRef<CallSite> sites, const CycleModel *model)
      : program(program), decoder(decoder), sites(sites), model(model) {}

  RunPhase summarize(llvm::StringRef name, uint64_t steps,
                     const TraceSection &section) {
    RunPhase phase;
    phase.name = name;
    phase.steps = steps;
    phase.transfers = section.transfers;
    phase.memories = section.memories;
    rows.clear();
    for (auto [site, cell] : llvm::zip(sites, section.sites))
      addCell(cell, [&](uint64_t) -> Row & { return getRow(site); });
    addCell(section.outside,
            [&](uint64_t address) -> Row & { return getRow(address); });
    // A cell adds its calls here, since it may be empty otherwise.
    for (auto [site, cell] : llvm::zip(sites, section.sites))
      if (cell.calls)
        getRow(site).calls += cell.calls;
    for (auto &[key, row] : rows) {
      phase.total.add(row.counts);
      phase.rows.push_back(std::move(row));
    }
    llvm::stable_sort(phase.rows, [](const Row &a, const Row &b) {
      return a.counts.instructions > b.counts.instructions;
    });
    return phase;
  }

private:
  /// The row of a pipeline; a copy of its call is no other pipeline.
  Row &getRow(const CallSite &site) {
    Row &row = rows[{site.pipeline, site.kernel}];
    if (row.symbol.empty()) {
      // `function.layer.stage`; what has no layer has no second point.
      llvm::StringRef name(site.pipeline);
      auto layerAndStage = name.split('.').second.rsplit('.');
      row.layer = layerAndStage.second.empty() ? "" : layerAndStage.first.str();
      row.pipeline = site.pipeline;
      row.symbol = site.kernel;
    }
    return row;
  }

  Row &getRow(uint64_t address) {
    const Symbol *function = program.findFunction(address);
    std::string name = function ? function->name : "?";
    Row &row = rows[{"", name}];
    row.symbol = name;
    return row;
  }

  llvm::ArrayRef<Decoded> decodeBlock(BlockKey key) {
    auto [found, isNew] = decodedBlocks.try_emplace(key);
    if (!isNew)
      return found->second;
    uint64_t address = key.first;
    for (uint64_t i = 0; i < key.second; ++i) {
      Decoded decoded;
      llvm::ArrayRef<uint8_t> code = program.getCode(address);
      bool isThumb = program.isThumb(address);
      if (std::optional<Decoded> known = decoder.decode(code, address, isThumb))
        decoded = std::move(*known);
      else
        decoded.address = address,
        decoded.bytes = decoder.getUnknownBytes(code, isThumb);
      address += decoded.bytes;
      found->second.push_back(std::move(decoded));
    }
    return found->second;
  }

  template <typename RowOf> void addCell(const Cell &cell, RowOf rowOf) {
    for (const auto &[key, count] : cell.blocks)
      for (const Decoded &decoded : decodeBlock(key)) {
        Counts &counts = rowOf(decoded.address).counts;
        counts.instructions += count;
        counts.classes[unsigned(decoded.kind)] += count;
      }
    for (const auto &[address, bytes] : cell.accesses) {
      Counts accessed;
      accessed.bytes = bytes;
      rowOf(address).counts.add(accessed);
    }
    if (model)
      addCycles(cell, rowOf);
  }

  /// qemu also splits blocks at the ends of pages and when they are long: what
  /// always runs on into the next block is one block to the model.
  template <typename RowOf> void addCycles(const Cell &cell, RowOf rowOf) {
    for (auto block = cell.blocks.begin(); block != cell.blocks.end();) {
      auto [first, count] = *block;
      std::vector<BlockKey> chain;
      uint64_t end;
      bool runsOn;
      do {
        chain.push_back(block->first);
        const Decoded &last = decodeBlock(block->first).back();
        end = last.address + last.bytes;
        runsOn = last.kind != InstructionClass::Branch;
        ++block;
      } while (runsOn && block != cell.blocks.end() &&
               block->first.first == end && block->second == count);
      rowOf(first.first).counts.cycles += double(count) * estimate(chain);
    }
  }

  double estimate(const std::vector<BlockKey> &chain) {
    auto [found, isNew] = estimates.try_emplace(chain, 0.0);
    if (isNew) {
      std::vector<llvm::MCInst> sequence;
      for (BlockKey key : chain)
        for (const Decoded &decoded : decodeBlock(key))
          sequence.push_back(decoded.inst);
      found->second = model->estimate(sequence);
    }
    return found->second;
  }

  const CompiledProgram &program;
  const Decoder &decoder;
  llvm::ArrayRef<CallSite> sites;
  const CycleModel *model;
  std::map<std::pair<std::string, std::string>, Row> rows;
  std::map<BlockKey, std::vector<Decoded>> decodedBlocks;
  std::map<std::vector<BlockKey>, double> estimates;
};

uint64_t countInstructions(const TraceSection &section) {
  uint64_t total = 0;
  auto add = [&](const Cell &cell) {
    for (const auto &[key, count] : cell.blocks)
      total += key.second * count;
  };
  llvm::for_each(section.sites, add);
  add(section.outside);
  return total;
}

} // namespace

Profile summarize(const CompiledProgram &program, const Workload &workload,
                  const Decoder &decoder, llvm::ArrayRef<CallSite> sites,
                  const Trace &trace, const CycleModel *model) {
  Profile profile;
  profile.path = program.name;
  profile.model = program.model;
  profile.hash = program.hash;
  profile.target = program.target;
  profile.weightsFormat = program.weightsFormat;
  if (const Entry *entry = workload.getEntry())
    profile.entry = entry->getLabel();
  for (const Symbol &memory : program.memories)
    profile.memories.push_back(memory.name);

  TraceSection repeated;
  repeated.sites.resize(sites.size());
  repeated.transfers.resize(trace.start.transfers.size());
  repeated.memories.resize(program.memories.size());
  for (const TraceSection &step : trace.steps) {
    profile.steps.push_back(countInstructions(step));
    repeated.add(step);
  }
  // What runs once is not worth an estimate.
  Summarizer once(program, decoder, sites, nullptr);
  profile.start = once.summarize("start", 0, trace.start);
  profile.end = once.summarize("end", 0, trace.end);
  Summarizer summarizer(program, decoder, sites, model);
  if (profile.entry.empty())
    profile.prefill =
        summarizer.summarize("prefill", trace.prefillTokens, trace.prefill);
  profile.repeated = summarizer.summarize(
      profile.entry.empty() ? "decode" : "call", trace.steps.size(), repeated);
  return profile;
}

static void addSamples(RunPhase &phase, const SampledPhase &sampled) {
  phase.sampled = sampled;
  for (const auto &[place, samples] : sampled.places) {
    auto row = llvm::find_if(phase.rows, [&, &place = place](const Row &row) {
      return row.pipeline == place.pipeline && row.symbol == place.symbol;
    });
    // The C library has functions for this CPU that the emulator's does without.
    if (row == phase.rows.end()) {
      row = phase.rows.insert(row, Row());
      row->pipeline = place.pipeline;
      row->symbol = place.symbol;
    }
    row->samples = samples;
  }
}

void addSamples(Profile &profile, const Samples &samples) {
  addSamples(profile.prefill, samples.prefill);
  addSamples(profile.repeated, samples.repeated);
  profile.sampledRuns = samples.runs;
  profile.sampledThreads = samples.threads;
}

} // namespace mlir::eke::profile
