//===- ReadTrace.cpp - From the plugin's output to a trace ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   start | trunk … trunk head, choose a token | trunk head, choose | … | end
//           prefill                              step                step
//
//   start | an entry | the entry | … | end
//           step       step
//
// The entries of the model mark the phases. Within them, a call of a kernel lasts
// from the call to the instruction behind it.
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/ReadTrace.h"

#include "runtime/include/eke/abi.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using llvm::StringRef;

namespace mlir::eke::profile {
namespace {

class TraceReader {
public:
  TraceReader(const CompiledProgram &program, llvm::ArrayRef<CallSite> sites,
              llvm::ArrayRef<CacheLevel> caches, const Entry *called)
      : siteCount(sites.size()), memoryCount(program.memories.size()),
        regions(listRegions(program)), caches(caches), called(called) {
    // What lies in none of them.
    regions.push_back({});
    for (const Entry &entry : program.entries)
      entries[entry.address] = &entry;
    for (const auto &[index, site] : llvm::enumerate(sites))
      calls[site.call] = index;
    enter(trace.start);
  }

  llvm::Expected<Trace> read(StringRef text) {
    while (!text.empty()) {
      auto [line, rest] = text.split('\n');
      if (!readLine(line))
        return llvm::createStringError(
            "the counts are broken at '" + line +
            "', expected a line that the plugin of this version writes");
      text = rest;
    }
    if (trace.steps.empty())
      return std::move(trace);
    // The last step did not end with a next one.
    trace.end = std::move(trace.steps.back());
    trace.steps.pop_back();
    return std::move(trace);
  }

private:
  void enter(TraceSection &next) {
    section = &next;
    section->sites.resize(siteCount);
    section->transfers.resize(caches.size());
    section->memories.resize(memoryCount);
    cell = &section->outside;
  }

  void enterEntry(const Entry &entry) {
    cell = &section->outside;
    if (called) {
      if (&entry == called)
        enter(trace.steps.emplace_back());
    } else if (entry.role == EKE_ROLE_HEAD) {
      hasHead = true;
    } else if (entry.role == EKE_ROLE_TRUNK && hasHead) {
      enter(trace.steps.emplace_back());
    } else if (entry.role == EKE_ROLE_TRUNK) {
      if (section == &trace.start)
        enter(trace.prefill);
      trace.prefillTokens += entry.rows;
    }
  }

  static void addMoved(Bytes &sum, const Region &region, uint64_t read,
                       uint64_t written) {
    auto &bytes = sum[unsigned(region.kind)];
    bytes[0] += read;
    bytes[1] += written;
  }

  bool readLine(StringRef line) {
    llvm::SmallVector<StringRef, 5> words;
    line.split(words, ' ');
    uint64_t address;
    if (words.size() < 2 || words[1].getAsInteger(16, address))
      return false;
    uint64_t numbers[3];
    for (auto [word, number] :
         llvm::zip(llvm::ArrayRef(words).drop_front(2), numbers))
      if (word.getAsInteger(10, number))
        return false;
    if (words[0] == "block" && words.size() == 5) {
      cell->blocks[{address, numbers[1]}] += numbers[2];
    } else if (words[0] == "access" && words.size() == 5 &&
               numbers[0] < regions.size()) {
      const Region &region = regions[numbers[0]];
      addMoved(cell->accesses[address], region, numbers[1], numbers[2]);
      if (region.memory)
        addMoved(section->memories[*region.memory], region, numbers[1],
                 numbers[2]);
    } else if (words[0] == "cache" && words.size() == 5 &&
               address < caches.size() && numbers[0] < regions.size()) {
      uint64_t line = caches[address].lineBytes;
      addMoved(section->transfers[address], regions[numbers[0]],
               numbers[1] * line, numbers[2] * line);
    } else if (words[0] == "before" && words.size() == 2) {
      if (const Entry *entry = entries.lookup(address))
        enterEntry(*entry);
      else
        cell = &section->outside; // behind the call of a kernel
    } else if (words[0] == "after" && calls.contains(address)) {
      cell = &section->sites[calls.lookup(address)];
      ++cell->calls;
    } else {
      return false;
    }
    return true;
  }

  size_t siteCount, memoryCount;
  llvm::SmallVector<Region> regions;
  llvm::ArrayRef<CacheLevel> caches;
  const Entry *called;
  llvm::DenseMap<uint64_t, const Entry *> entries;
  llvm::DenseMap<uint64_t, size_t> calls;
  Trace trace;
  TraceSection *section = nullptr;
  Cell *cell = nullptr;
  bool hasHead = false;
};

} // namespace

/// The number of the system call that maps memory.
static unsigned getMmapNumber(const llvm::Triple &triple) {
  if (triple.isX86_64())
    return 9;
  return triple.isAArch64() ? 222 : 192; // 32 bits: mmap2
}

std::string writePlan(const CompiledProgram &program,
                      llvm::ArrayRef<CallSite> sites,
                      llvm::ArrayRef<CacheLevel> caches) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::formatv("entry {0:x-}\n", program.entryPoint);
  for (const Region &region : listRegions(program))
    if (region.isMapped)
      os << llvm::formatv("mapping {0:x-} {1:x-}\n",
                          getMmapNumber(program.triple), region.bytes);
    else
      os << llvm::formatv("region {0:x-} {1:x-}\n", region.address,
                          region.bytes);
  for (const Entry &entry : program.entries)
    os << llvm::formatv("before {0:x-}\n", entry.address);
  for (const CallSite &site : sites)
    os << llvm::formatv("after {0:x-}\nbefore {1:x-}\n", site.call, site.next);
  for (const CacheLevel &cache : caches)
    os << llvm::formatv("cache {0:x-} {1:x-} {2:x-}\n", cache.bytes,
                        cache.lineBytes, cache.ways);
  return text;
}

llvm::Expected<Trace> readTrace(StringRef text, const CompiledProgram &program,
                                llvm::ArrayRef<CallSite> sites,
                                llvm::ArrayRef<CacheLevel> caches,
                                const Entry *called) {
  return TraceReader(program, sites, caches, called).read(text);
}

} // namespace mlir::eke::profile
